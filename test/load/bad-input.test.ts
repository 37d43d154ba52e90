import { join } from 'node:path'
import Fastify from 'fastify'
import t from 'tap'
import { LoadError } from '../../scripts/load/load-error.js'
import { parseOptions } from '../../scripts/load/options.js'
import { plantedServer } from './planted-server.js'
import { runLoad } from './run-load.js'

t.test('wrong options: one line that names the option and says what to give', (t) => {
  const lines: Readonly<Record<string, string>> = {
    '--strategy never': '--strategy never: there is no strategy "never": give refetch, from-409, merge, client, give-up, or a mix such as refetch:3,give-up:1',
    '--strategy client --version-in body --version-field v': '--strategy client: the client sends the version in If-Match: give --version-in header or both',
    '--strategy refetch:0': '--strategy refetch:0: the weight of refetch is 1 to 100',
    '--url localhost': '--url localhost: give the URL of a collection, such as http://127.0.0.1:4000/api/articles',
    '--url ftp://localhost/': '--url ftp://localhost/: give the URL of a collection, such as http://127.0.0.1:4000/api/articles',
    '--against ours': '--against ours: give naive or mongoose',
    '--against naive --compare': 'give only one of --url, --against and --compare',
    '--duration 10s --edits 5': 'give only one of --duration and --edits',
    '--duration soon': '--duration soon: give a time such as 500ms, 10s or 2m',
    '--think 50..0ms': '--think 50..0ms: give a range such as 0..50ms',
    '--editors 0': '--editors 0: give an integer from 1 to 1351',
    '--editors 2000': '--editors 2000: give an integer from 1 to 1351',
    '--edits 1.5': '--edits 1.5: give an integer from 1 to 100000000',
    '--hot 2': '--hot 2: give a share of the edits from 0 to 1; 1 puts all on one document',
    '--method POST': '--method POST: give PUT or PATCH',
    '--version-in cookie': '--version-in cookie: give header, body or both',
    '--version-in body': '--version-in body: give --version-field too, the field that holds the version',
    '--create []': '--create []: give a JSON object such as {"title":"Load test"}',
    '--header token': '--header token: give \'Name: value\'',
    '--serve 65536': '--serve 65536: give a port from 0 to 65535, or none for a free one',
    '--subscribers 5 --serve': '--subscribers goes with --url, --documents, --edits, --rate, --header, --timeout and --json, not with --serve',
    '--seed x': '--seed x: give an integer from 1 to 2147483647',
    '--editor 5': 'Unknown option \'--editor\': --help lists the options',
    '5': 'Unexpected argument \'5\': --help lists the options'
  }
  for (const [args, line] of Object.entries(lines)) {
    t.throws(() => parseOptions(args.split(' ')), new LoadError(line), args)
  }
  t.end()
})

t.test('the command prints that line alone, exit status 2', async (t) => {
  t.strictSame(await runLoad(['--strategy', 'never', '--editors', '4']), {
    status: 2,
    stdout: '',
    stderr: 'load: --strategy never: there is no strategy "never": give refetch, from-409, merge, client, give-up, or a mix such as refetch:3,give-up:1\n'
  })
})

t.test('a report that cannot be written is known before the run', async (t) => {
  const file = join(t.testdir(), 'nowhere', 'x.json')
  t.strictSame(await runLoad(['--url', 'http://127.0.0.1:1/api/articles', '--json', file]), {
    status: 2,
    stdout: '',
    stderr: `load: --json ${file}: give a file in a directory that is there and can be written\n`
  })
})

t.test('a URL that does not answer', async (t) => {
  const app = Fastify()
  const origin = await app.listen()
  await app.close()
  t.strictSame(await runLoad(['--url', `${origin}/api/articles`]), {
    status: 2,
    stdout: '',
    stderr: `load: ${origin}/api/articles does not answer (ECONNREFUSED): give the --url of an API that is running\n`
  })
})

t.test('a URL that is no collection', async (t) => {
  const app = Fastify()
  t.teardown(() => app.close())
  const origin = await app.listen()
  t.strictSame(await runLoad(['--url', `${origin}/nowhere`]), {
    status: 2,
    stdout: '',
    stderr: `load: POST ${origin}/nowhere was answered 404, Route POST:/nowhere not found: give the collection in --url, and with --create and --header what it needs\n`
  })
})

/** An API whose documents have `members` and `text`, and no tag; its PUT is answered by `put`. */
const untagged = (members: Readonly<Record<string, unknown>>, put = 200) => {
  const app = Fastify()
  let text: unknown
  app.post<{ Body: { text: unknown } }>('/notes', ({ body }, reply) => {
    text = body.text
    return reply.send({ id: 'n1', ...members, text })
  })
  app.get('/notes/n1', (_, reply) => reply.send({ id: 'n1', ...members, text }))
  app.put('/notes/n1', (_, reply) => reply.code(put).send({ id: 'n1', ...members, text }))
  return app
}

const misfits: readonly { readonly what: string, readonly app: ReturnType<typeof untagged>, readonly args: readonly string[], readonly line: string }[] = [
  {
    what: 'no version to be found',
    app: untagged({ revision: 4 }),
    args: ['--field', 'text'],
    line: 'GET of document n1 shows no version: it has no strong ETag: give the field that holds the version with --version-field, one of id, revision, text'
  },
  {
    what: 'another version field than the API has',
    app: untagged({ revision: 4 }),
    args: ['--field', 'text', '--version-field', 'version'],
    line: 'GET of document n1 shows no version: it has no field "version" with a number or a string: give another one with --version-field, one of id, revision, text, or none if its ETag is the version'
  },
  {
    what: 'another text field than the API has',
    app: untagged({ revision: 4 }),
    args: ['--version-field', 'revision'],
    line: 'document n1 has no text in its field "body": give the text field to edit with --field, one of id'
  },
  {
    what: 'a version that stays',
    app: untagged({ revision: 4 }),
    args: ['--field', 'text', '--version-field', 'revision'],
    line: 'the version stayed 4 when PUT of document n1 with its version 4 was acknowledged: give the field that holds the version with --version-field'
  },
  {
    what: 'writes that are refused, though nobody else edits',
    app: untagged({ revision: 4 }, 412),
    args: ['--field', 'text', '--version-field', 'revision'],
    line: 'PUT of document n1 with its version 4 was refused as a conflict, though nobody else edits it: see --version-field and --version-in'
  },
  {
    what: 'a method that it does not have',
    app: untagged({ revision: 4 }),
    args: ['--field', 'text', '--version-field', 'revision', '--method', 'PATCH'],
    line: 'PATCH of document n1 with its version 4 was answered 404, Route PATCH:/notes/n1 not found: see --method, --field, --version-in and --header'
  }
]

for (const { what, app, args, line } of misfits) {
  t.test(`an API that doesn't fit: ${what}`, async (t) => {
    t.teardown(() => app.close())
    const url = `${await app.listen()}/notes`
    t.strictSame(await runLoad(['--url', url, ...args]), { status: 2, stdout: '', stderr: `load: ${line}\n` })
  })
}

t.test('a server that goes away in the middle: one line, exit status 2', async (t) => {
  const { app } = plantedServer('none')
  let writes = 0
  app.addHook('onResponse', ({ method }, _, done) => {
    if (method === 'PUT' && ++writes === 50) {
      app.server.close()
      app.server.closeAllConnections()
    }
    done()
  })
  const url = `${await app.listen()}/api/articles`
  const { status, stdout, stderr } = await runLoad(['--url', url, '--editors', '4', '--edits', '400', '--backoff', '1..5ms'])
  t.strictSame({ status, stdout }, { status: 2, stdout: '' })
  t.match(stderr, /^load: the API stopped answering: 30 reads of document [0-9a-f]{24} in a row failed \(ECONNREFUSED\)\n$/)
})
