import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'
import { BadRequest } from '../../src/client/errors.js'
import { createClient } from '../../src/client/index.js'
import { createWatcher } from '../../src/client/watch.js'
import { buildTestApp, listen } from '../app.js'
import { inShort, recordingClient, type Article } from './service.js'

const { app } = await buildTestApp(t)
const url = `${await listen(app)}/api/articles`

/** The text of a stream of events; the connection breaks after so many chunks. */
const breakingFetch = (chunks: number) => async (at: string, init: RequestInit): Promise<Response> => {
  const response = await fetch(at, init)
  if (response.body === null || !response.ok) return response
  let left = chunks
  const broken = new TransformStream<Uint8Array, Uint8Array>({
    transform: (chunk, controller) => {
      if (left-- > 0) controller.enqueue(chunk)
      else controller.error(new TypeError('the connection was lost'))
    }
  })
  return new Response(response.body.pipeThrough(broken), response)
}

t.test('watch: the changes of a document, over connections that break, each once', async (t) => {
  const client = createClient<Article>({ url })
  const { id } = await client.create({ title: 'A' })
  const stop = new AbortController()
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => { open = resolve })
  const watcher = createWatcher({
    url, backoff: { baseMs: 1, maxMs: 1 },
    fetch: async (at, init) => {
      const response = await breakingFetch(3)(at, init)
      open()
      return response
    }
  })
  const seen: unknown[] = []
  const watching = (async () => {
    for await (const event of watcher.watch(id, { signal: stop.signal })) {
      seen.push(event.kind === 'resync' ? event : event.version)
      if (seen.length === 20) break
    }
  })()
  await opened
  for (let n = 0; n < 20; n++) await client.edit(id, (article) => ({ ...article, body: `${n}` }))
  await watching
  t.strictSame(seen, Array.from({ length: 20 }, (_, i) => i + 2))
})

t.test('watchAll: fields and a place to begin; a signal ends it, and what another try would not mend is thrown', async (t) => {
  const client = createClient<Article>({ url })
  const stop = new AbortController()
  const watcher = createWatcher({ url, token: () => 'any', headers: () => ({ 'x-any': 'any' }) })
  const events = watcher.watchAll({ signal: stop.signal, fields: ['title'], after: 'no id of an event' })
  t.match((await events.next()).value, { kind: 'resync' })
  const { id } = await client.create({ title: 'A' })
  await client.edit(id, (article) => ({ ...article, body: 'B' }))
  const { updatedAt } = await client.edit(id, (article) => ({ ...article, title: 'C' }))
  t.match((await events.next()).value, { kind: 'created', id, version: 1 })
  t.strictSame((await events.next()).value, { id, version: 3, kind: 'updated', changed: ['/title'], at: updatedAt })
  const waiting = t.rejects(events.next(), new Error('enough'))
  stop.abort(new Error('enough'))
  await waiting
  await t.rejects(createWatcher({ url }).watch('no id').next(), BadRequest)
})

t.test('a client whose documents are watched edits what is stored, before it ever meets a conflict', async (t) => {
  const { client, sent } = recordingClient<Article>({ url })
  const { id } = await client.create({ title: 'A' })
  const events = createWatcher({ url, client }).watchAll({ after: 'from now' })
  await events.next()
  await createClient<Article>({ url }).edit(id, (article) => ({ ...article, body: 'theirs' }))
  t.match((await events.next()).value, { id, version: 2 })
  t.match(await client.edit(id, (article) => ({ ...article, title: 'yours' })), { version: 3, title: 'yours', body: 'theirs' })
  t.match((await events.next()).value, { id, version: 3 })
  t.strictSame(inShort(sent), ['POST 201', 'GET 200', 'PUT "2" 200'])
  await events.return(undefined as never)
})

t.test('who gives a name is told who else is in a document, and the id to go on after', async (t) => {
  const { client, sent } = recordingClient<Article>({ url })
  const { id } = await client.create({ title: 'A' })
  const watcher = createWatcher({ url, client })
  let last = ''
  const ada = watcher.watchAll({ as: 'Ada & co', in: id, fields: ['title', 'body'], after: 'start', onId: (id) => { last = id } })
  const others = (...others: string[]) => ({ kind: 'presence', id, others, more: 0 } as const)
  t.match((await ada.next()).value, { kind: 'resync' })
  t.equal(last, '', 'not yet handled')
  t.strictSame((await ada.next()).value, others())
  const ben = watcher.watch(id, { as: 'Ben' })
  t.strictSame((await ben.next()).value, others('Ada & co'))
  t.strictSame((await ada.next()).value, others('Ben'))
  await ada.return(undefined as never)
  t.strictSame((await ben.next()).value, others())
  await client.edit(id, (article) => ({ ...article, title: 'B' }))
  t.match((await ben.next()).value, { id, version: 2 })
  const back = watcher.watch(id, { after: last })
  t.match((await back.next()).value, { id, version: 2 }, 'what came since')
  await ben.return(undefined as never)
  await back.return(undefined as never)
  t.strictSame(inShort(sent), ['POST 201', 'PUT "1" 200'], 'who comes and goes changes nothing of what the client knows')
})

t.test('the entry for watching, minified and compressed, is under 3 500 bytes', async (t) => {
  const { outputFiles } = await build({ entryPoints: ['src/client/watch.ts'], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false })
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
  t.ok(bytes > 500 && bytes < 3_500, `${bytes} bytes`)
})
