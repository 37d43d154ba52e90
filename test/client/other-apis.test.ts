import { createHash } from 'node:crypto'
import t, { type Test } from 'tap'
import { AlreadyExists, createClient, NotFound, resolve, VersionConflict, type ClientOptions } from '../../src/client/index.js'
import { startScriptedServer, type ScriptedReply } from './scripted-server.js'
import { inShort, recordingClient } from './service.js'

interface Note { readonly id?: string, readonly text: string, readonly stars: number, readonly rev?: number }

/** How an API answers: what it compares, which status refuses, and what the reply to a write holds. */
interface Kind {
  readonly version: 'etag' | 'field'
  readonly refusal: 409 | 412
  readonly writes: 'document' | 'nothing' | 'receipt'
}

const hash = (text: string): string => `"${createHash('sha256').update(text).digest('hex').slice(0, 12)}"`

/** An API of another kind, in 30 lines: it knows no problem types, no history and no keys. */
const startApi = async (t: Test, { version, refusal, writes }: Kind) => {
  const notes = new Map<string, { readonly text: string, readonly rev: number }>()
  const url = await startScriptedServer(t, ({ method, url = '', headers }, body) => {
    const id = url.split('/')[2] ?? ''
    const stored = notes.get(id)
    const shown = (): string => {
      const { text, rev } = notes.get(id) ?? { text: '{}', rev: 0 }
      return JSON.stringify({ ...JSON.parse(text) as object, ...(version === 'field' && { rev }) })
    }
    const tag = (): string => version === 'etag' ? hash(shown()) : `"${notes.get(id)?.rev ?? 0}"`
    const tagHeader = (): Record<string, string> => version === 'etag' ? { etag: tag() } : {}
    if (method === 'GET') return stored === undefined ? { status: 404, body: { error: 'no such note' } } : { status: 200, headers: tagHeader(), body: shown() }
    if (headers['if-none-match'] === '*' && stored !== undefined) return { status: refusal, body: { error: 'taken' } }
    if (headers['if-none-match'] === undefined && headers['if-match'] !== tag()) return { status: refusal, body: { error: 'stale', current: 7, conflicts: 'some' } }
    if (method === 'DELETE') { notes.delete(id); return { status: 204 } }
    const content = { ...(method === 'PATCH' && JSON.parse(stored?.text ?? '{}') as object), ...body as Partial<Note> }
    notes.set(id, { text: JSON.stringify({ ...content, rev: undefined }), rev: (stored?.rev ?? 0) + 1 })
    const reply: Record<Kind['writes'], ScriptedReply> = {
      document: { status: 200, headers: tagHeader(), body: shown() },
      nothing: { status: 204 },
      receipt: { status: 200, headers: tagHeader(), body: { ok: true, ...(version === 'field' && { rev: notes.get(id)?.rev }) } }
    }
    return reply[writes]
  })
  const options: ClientOptions = { url: `${url}/notes`, version: version === 'etag' ? { header: 'etag' } : { field: 'rev' }, idempotency: false }
  return { options, stored: () => createClient<Note, Note>(options).get('a') }
}

for (const version of ['etag', 'field'] as const) for (const refusal of [409, 412] as const) for (const writes of ['document', 'nothing', 'receipt'] as const) {
  t.test(`an API with ${version === 'etag' ? 'entity-tags only' : 'a version in the body'}, which refuses by ${refusal} and answers a write with ${writes === 'document' ? 'the document' : writes === 'nothing' ? 'nothing' : 'a receipt'}`, async (t) => {
    const { options, stored } = await startApi(t, { version, refusal, writes })
    const { client: ada, sent } = recordingClient<Note>(options)
    const bob = createClient<Note, Note>(options)
    const plain = ({ text, stars }: Note): Note => ({ text, stars })

    await ada.create({ text: 'A', stars: 0 }, { id: 'a' })
    t.strictSame(plain(await stored()), { text: 'A', stars: 0 })
    await t.rejects(bob.create({ text: 'B', stars: 0 }, { id: 'a' }), AlreadyExists)

    await Promise.all([ada, bob].flatMap((client) => Array.from({ length: 10 }, () => client.edit('a', (note) => ({ ...note, stars: note.stars + 1 })))))
    t.strictSame(plain(await stored()), { text: 'A', stars: 20 })

    await bob.get('a')
    await ada.edit('a', (note) => ({ ...note, text: 'hers' }))
    await t.rejects(bob.patch('a', { text: 'his' }), VersionConflict)
    await bob.edit('a', (note) => ({ ...note, stars: 21 }))
    t.strictSame(plain(await stored()), { text: 'hers', stars: 21 })

    await ada.get('a')
    await bob.edit('a', (note) => ({ ...note, text: 'his', stars: 22 }))
    await ada.edit('a', (note) => ({ ...note, text: 'hers again' }), {
      onConflict: (conflict) => {
        t.strictSame(conflict.conflicts, [{ pointer: '/text', base: 'hers', theirs: 'his', yours: 'hers again' }])
        return resolve(conflict, { '/text': 'yours' })
      }
    })
    t.strictSame(plain(await stored()), { text: 'hers again', stars: 22 })

    await bob.get('a')
    await bob.delete('a')
    await t.rejects(ada.get('a'), NotFound)
    const tags = sent.flatMap(({ headers }) => headers['if-match'] ?? [])
    t.ok(tags.length > 12 && tags.every((tag) => (version === 'etag' ? /^"[0-9a-f]{12}"$/ : /^"\d+"$/).test(tag)), 'each write names a version as the API gave it')
  })
}

t.test('what proxies do to entity-tags is no matter where the version stands in the body; else the number in the tag is taken', async (t) => {
  const replies: ScriptedReply[] = [
    { status: 200, headers: { etag: 'W/"4-gzip"' }, body: { id: 'a', version: 5, text: 'A' } },
    { status: 204, headers: { etag: 'W/"6-gzip"' } },
    { status: 204, headers: { etag: '"0a1b"' } }
  ]
  const url = await startScriptedServer(t, () => replies.shift() ?? { status: 404 })
  const { client, sent } = recordingClient<Note>({ url: `${url}/notes` })
  await client.get('a')
  t.equal(client.versionOf('a'), 5)
  await client.delete('a')
  t.equal(client.versionOf('a'), 6)
  await client.delete('a')
  t.equal(client.versionOf('a'), undefined, 'a tag that is no number is no version')
  t.strictSame(inShort(sent), ['GET 200', 'DELETE "5" 204', 'DELETE "6" 204'])
})

t.test('a write that is done, but whose document is gone before it can be read, is told as applied', async (t) => {
  const url = await startScriptedServer(t, ({ method }) => method === 'PUT' ? { status: 204 } : { status: 410 })
  const client = createClient<Note>({ url: `${url}/notes` })
  await t.rejects(client.put('a', { text: 'A' }, { version: 1 }), { name: 'Gone', outcome: 'applied' })
})

t.test('what is created is found by its Location where the reply holds nothing', async (t) => {
  const url = await startScriptedServer(t, ({ method, url }) => method === 'POST' ? { status: 201, headers: { location: '/notes/n%201?x' } } : url === '/notes/n%201' ? { status: 200, body: { text: 'A', version: 1 } } : { status: 404 })
  t.strictSame(await createClient<Note>({ url: `${url}/notes` }).create({ text: 'A' }), { text: 'A', version: 1 })
  const nameless = await startScriptedServer(t, () => ({ status: 201 }))
  await t.rejects(createClient<Note>({ url: `${nameless}/notes` }).create({ text: 'A' }), { name: 'NoclobberError', outcome: 'applied' })
})

t.test('a list that is one array', async (t) => {
  const url = await startScriptedServer(t, () => ({ status: 200, body: [{ id: 'a', text: 'A' }, { id: 'b', text: 'B' }] }))
  const texts: string[] = []
  for await (const { text } of createClient<Note>({ url }).list()) texts.push(text)
  t.strictSame(texts, ['A', 'B'])
})
