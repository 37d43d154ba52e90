import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(120_000)

interface Answer { readonly id: string, readonly status: number, readonly connection: string | null, readonly body: { readonly type?: string, readonly detail?: string, readonly outcome?: string } }

t.test('SIGTERM while 32 editors write: every answer is true, what comes too late is told so, and it ends in time', async (t) => {
  const database = `stop-${randomBytes(6).toString('hex')}`
  const client = new MongoClient(mongodbUri())
  t.teardown(async () => {
    await client.db(database).dropDatabase()
    await client.close()
  })
  const [command, args] = runTypeScript(resolve('src/server.ts'))
  const child = spawn(command, args, { env: { ...process.env, MONGODB_URI: mongodbUri(), MONGODB_DB: database, PORT: '0', LOG_LEVEL: 'silent', CLOSE_GRACE_MS: '8000' }, stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data') as [Buffer]
  const url = /listening on (\S+)/.exec(line.toString())?.[1] ?? ''
  const exited = once(child, 'exit')

  const answers: Answer[] = []
  let sent = 0
  let unanswered = 0
  const editor = async () => {
    for (;;) {
      const id = (++sent).toString(16).padStart(24, '0')
      const reply = await fetch(`${url}/api/articles/${id}`, { method: 'PUT', headers: { 'content-type': 'application/json', 'if-none-match': '*' }, body: '{"title":"A"}' }).catch(() => undefined)
      const body: unknown = await reply?.json().catch(() => undefined)
      if (reply === undefined || body === undefined) {
        unanswered++
        return
      }
      answers.push({ id, status: reply.status, connection: reply.headers.get('connection'), body: body as Answer['body'] })
      if (answers.length === 300) child.kill('SIGTERM')
    }
  }
  await Promise.all(Array.from({ length: 32 }, editor))
  // What doesn't end within CLOSE_GRACE_MS ends with another code.
  t.strictSame(await exited, [0, null])

  const done = answers.filter(({ status }) => status === 201)
  const late = answers.filter(({ status }) => status !== 201)
  t.strictSame(late.map(({ status, connection, body: { type, detail, outcome } }) => ({ status, connection, type, detail, outcome })),
    late.map(() => ({ status: 503, connection: 'close', type: '/problems/unavailable', detail: 'The service is stopping', outcome: 'not-applied' })))
  t.ok(done.some(({ connection }) => connection === 'close'), 'what ran was answered, with the word that the connection closes')
  t.equal(unanswered, 32, 'each editor ends where nobody listens any more')
  const stored = await client.db(database).collection('articles').find({}, { projection: { _id: 1 } }).toArray()
  t.strictSame(stored.map(({ _id }) => String(_id)).sort(), done.map(({ id }) => id).sort(), 'what is stored is what was acknowledged: nothing was done without an answer, nothing acknowledged is missing')
  t.comment(`${done.length} done, ${late.length} too late`)
})
