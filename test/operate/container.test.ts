import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { createContext, runInContext } from 'node:vm'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { readSettings, settingsSchema } from '../../src/settings.js'
import { freePort } from '../../src/embedded-mongod/free-port.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

const run = promisify(execFile)

interface Instruction { readonly name: string, readonly value: string }

const dockerfile: readonly Instruction[] = readFileSync('Dockerfile', 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  .map((line) => ({ name: line.split(' ', 1)[0] ?? '', value: line.slice(line.indexOf(' ') + 1) }))
/** The instructions of the stage that becomes the image. */
const image = dockerfile.slice(dockerfile.findLastIndex(({ name }) => name === 'FROM'))
const valuesOf = (name: string, from: readonly Instruction[] = image): string[] => from.filter((instruction) => instruction.name === name).map(({ value }) => value)
const environment = Object.fromEntries(valuesOf('ENV').flatMap((value) => value.split(' ')).map((pair) => pair.split('=') as [string, string]))
const healthCommand = JSON.parse(/CMD (\[.*\])$/.exec(valuesOf('HEALTHCHECK')[0] ?? '')?.[1] ?? '[]') as string[]

interface Service {
  readonly environment?: Record<string, string>
  readonly depends_on?: Record<string, { condition: string }>
  readonly networks: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly read_only?: boolean
  readonly cap_drop?: readonly string[]
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly stop_grace_period?: string
  readonly volumes?: readonly string[]
  readonly image?: string
}
const compose = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as { services: Record<string, Service>, networks: Record<string, { internal?: boolean }>, volumes: Record<string, unknown> }

t.test('the image runs as a user who is not root, what the build makes, on the packages that it needs', (t) => {
  t.strictSame(valuesOf('USER'), ['node'])
  t.strictSame(valuesOf('CMD'), ['["node", "dist/server.js"]'])
  t.ok(existsSync('src/server.ts'))
  const stages = valuesOf('FROM', dockerfile)
  t.equal(stages.length, 3)
  t.strictSame(valuesOf('RUN', dockerfile).map((command) => command.replace(/ --.*/, '')), ['npm ci', 'npm run build', 'npm ci'])
  t.match(valuesOf('RUN', dockerfile).at(-1), /--omit=dev/)
  t.notOk('ALLOW_ANONYMOUS' in environment, 'whoever runs it decides that')
  t.throws(() => readSettings(environment, '/no/such/file'), /ALLOW_ANONYMOUS=true/)
  const copied = dockerfile.filter(({ name, value }) => name === 'COPY' && !value.startsWith('--from')).flatMap(({ value }) => value.split(' ').slice(0, -1))
  const letIn = readFileSync('.dockerignore', 'utf8').trim().split('\n')
  t.equal(letIn[0], '*')
  t.strictSame(letIn.slice(1).sort(), [...new Set(copied)].map((path) => `!${path}`).sort())
  t.strictSame(copied.filter((path) => !existsSync(path)), [])
  t.end()
})

t.test('what src/ imports is among the dependencies, which are all that the image installs', (t) => {
  const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
  // What the web page imports is in it when it is built.
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts') && !file.startsWith('page/'))
  const imports = [/^(?:import|export) (?!type ).* from '([^'.][^']*)'$/gm, /^import '([^'.][^']*)'$/gm, /import(?:\.meta\.resolve)?\('([^'.][^']*)'\)/g]
  const imported = files.flatMap((file) => imports.flatMap((form) => [...readFileSync(join('src', file), 'utf8').matchAll(form)].map(([, name = '']) => name)))
  const packages = new Set(imported.filter((name) => !name.startsWith('node:')).map((name) => name.split('/').slice(0, name.startsWith('@') ? 2 : 1).join('/')))
  t.ok(packages.size > 10)
  t.strictSame([...packages].filter((name) => !(name in dependencies)), [])
  t.end()
})

t.test('what is published holds nothing but what was built', async (t) => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'])
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  t.strictSame(files.map(({ path }) => path).filter((path) => !path.startsWith('dist/')).sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'])
})

/** What is in directories, and in those within them; the compiler that stands in for the build has a cache. */
const contentsOf = (directory: string): string[] => readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((path) => !path.startsWith('tmp/tsx-'))

const health = async (t: Test, PORT: string): Promise<number> => {
  const [program = '', ...args] = healthCommand
  t.equal(program, 'node')
  const { PATH } = process.env
  const child = spawn(process.execPath, args, { env: { PATH, ...environment, PORT }, stdio: 'ignore' })
  const [code] = await once(child, 'exit') as [number]
  return code
}

t.test('it writes nothing to its file system, and its health check tells whether it serves', async (t) => {
  const directory = t.testdir({ app: {}, home: {}, tmp: {} })
  const PORT = String(await freePort())
  t.equal(await health(t, PORT), 1)
  const [program, args] = runTypeScript(resolve('src/server.ts'))
  const child = spawn(program, args, {
    cwd: join(directory, 'app'), stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...environment, ALLOW_ANONYMOUS: 'true', PORT, MONGODB_URI: mongodbUri(), MONGODB_DB: 'container-test', HOME: join(directory, 'home'), TMPDIR: join(directory, 'tmp') }
  })
  const exited = once(child, 'exit')
  t.teardown(() => child.kill('SIGKILL'))
  const line = await new Promise<string>((found) => child.stdout.on('data', (chunk: Buffer) => { if (chunk.includes('listening on')) found(chunk.toString()) }))
  t.match(line, `noclobber listening on http://0.0.0.0:${PORT}`)
  t.equal(await health(t, PORT), 0)
  t.equal((await fetch(`http://127.0.0.1:${PORT}/api/articles`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"title":"A"}' })).status, 201)
  child.kill('SIGTERM')
  t.strictSame(await exited, [0, null])
  t.strictSame(contentsOf(directory).sort(), ['app', 'home', 'tmp'])
})

t.test('compose.yaml: the service is read-only, without capabilities, on a network that is its own with the database', (t) => {
  const { service, ...others } = compose.services
  t.match(service, { read_only: true, cap_drop: ['ALL'], ports: ['127.0.0.1:3000:3000'], networks: ['database', 'outside'] })
  t.strictSame(Object.keys(service?.environment ?? {}).filter((name) => !(name in settingsSchema.properties)), [])
  const settings = readSettings({ ...environment, ...service?.environment }, '/no/such/file')
  t.match(settings, { HOST: '0.0.0.0', PORT: 3000, ALLOW_ANONYMOUS: true })
  t.ok(Number.parseInt(service?.stop_grace_period ?? '', 10) * 1_000 > settings.CLOSE_GRACE_MS)
  t.strictSame(Object.values(others).map(({ networks, ports }) => [networks, ports]), Object.values(others).map(() => [['database'], undefined]))
  t.equal(compose.networks.database?.internal, true)
  for (const { depends_on = {}, networks } of Object.values(compose.services)) {
    t.strictSame(Object.entries(depends_on).filter(([name, { condition }]) => !(name in compose.services) || (condition === 'service_healthy' && compose.services[name]?.healthcheck === undefined)), [])
    t.strictSame(networks.filter((name) => !(name in compose.networks)), [])
  }
  t.end()
})

t.test('compose.yaml: the three are made a replica set once, and the service is told all of them', (t) => {
  const members = Object.entries(compose.services).filter(([, { volumes }]) => volumes !== undefined).map(([name]) => name)
  t.strictSame(members, ['db1', 'db2', 'db3'])
  t.strictSame(members, Object.keys(compose.volumes))
  const hosts = new URL(compose.services.service?.environment?.MONGODB_URI ?? '').host
  t.strictSame(hosts.split(','), members)
  const script = compose.services['replica-set']?.entrypoint?.at(-1) ?? ''
  const initiated: { members: { host: string }[] }[] = []
  const waited: number[] = []
  const start = (isInitiated: boolean) => {
    const rs = {
      status: () => {
        if (!isInitiated && initiated.length === 0) throw new Error('no replset config has been received')
        return { members: [{ stateStr: 'SECONDARY' }, { stateStr: waited.length < 2 ? 'SECONDARY' : 'PRIMARY' }] }
      },
      initiate: (config: { members: { host: string }[] }) => initiated.push(config)
    }
    runInContext(script, createContext({ rs, sleep: (ms: number) => waited.push(ms) }))
  }
  start(true)
  t.strictSame([initiated.length, waited], [0, [200, 200]])
  start(false)
  t.strictSame(initiated.map(({ members }) => [...members].map(({ host }) => host)), [['db1:27017', 'db2:27017', 'db3:27017']])
  t.end()
})
