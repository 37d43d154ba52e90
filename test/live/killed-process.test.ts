import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { MongoClient } from 'mongodb'
import t, { type Test } from 'tap'
import { createClient } from '../../src/client/index.js'
import { createWatcher, type WatchEvent } from '../../src/client/watch.js'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

t.setTimeout(180_000)

interface Article { readonly id: string, readonly version: number, readonly title: string, readonly body: string }
interface Process { readonly url: string, readonly child: ChildProcess }

/** A process of the service. */
const serve = async (t: Test, database: string): Promise<Process> => {
  const [command, args] = runTypeScript('src/server.ts')
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'], env: { ...process.env, MONGODB_URI: mongodbUri(), MONGODB_DB: database, PORT: '0', LOG_LEVEL: 'silent' } })
  t.teardown(() => child.kill('SIGKILL'))
  const [line] = await once(child.stdout, 'data') as [Buffer]
  return { url: `${/listening on (\S+)/.exec(line.toString())?.[1] ?? ''}/api/articles`, child }
}

t.test('a process of the service is killed: who listened there goes on at another, with nothing missed and nothing twice', async (t) => {
  const database = `killed-${randomBytes(6).toString('hex')}`
  t.teardown(async () => {
    const client = new MongoClient(mongodbUri())
    await client.db(database).dropDatabase()
    await client.close()
  })
  const [first, second] = await Promise.all([serve(t, database), serve(t, database)])
  const writer = createClient<Article>({ url: second.url })
  const articles = await Promise.all(Array.from({ length: 3 }, () => writer.create({ title: 'A' })))
  let target = first.url
  const started: Promise<void>[] = []
  const received = Array.from({ length: 5 }, () => [] as WatchEvent[])
  const halfway: Promise<void>[] = []
  const last = 21
  const watching = received.map(async (events, i) => {
    let listening: () => void = () => undefined
    let half: () => void = () => undefined
    started.push(new Promise((resolve) => { listening = resolve }))
    halfway.push(new Promise((resolve) => { half = resolve }))
    const watcher = createWatcher({
      url: first.url, backoff: { baseMs: 20, maxMs: 50 },
      // As behind a load balancer: the next connection goes to a process that is there.
      fetch: async (url, init) => {
        const response = await fetch(url.replace(first.url, target), init)
        listening()
        return response
      }
    })
    const of = articles[i % articles.length]?.id ?? ''
    for await (const event of i < articles.length ? watcher.watch(of) : watcher.watchAll()) {
      events.push(event)
      if (events.length === 5) half()
      if (events.length === (i < articles.length ? 1 : articles.length) * (last - 1)) break
    }
  })
  await Promise.all(started)
  const write = async (from: number, to: number) => await Promise.all(articles.map(async ({ id }) => {
    for (let version = from; version <= to; version++) await writer.edit(id, (article) => ({ ...article, body: `${version}` }))
  }))
  await write(2, 11)
  await Promise.all(halfway)
  const writing = write(12, last)
  target = second.url
  first.child.kill('SIGKILL')
  await Promise.all([writing, ...watching])
  const versions = Array.from({ length: last - 1 }, (_, i) => i + 2)
  for (const [i, events] of received.entries()) {
    for (const { id } of i < articles.length ? articles.slice(i, i + 1) : articles) {
      const told = events.flatMap<unknown>((event) => event.kind === 'resync' ? [event] : event.id === id ? [event.version] : [])
      t.strictSame(told, versions)
    }
  }
})
