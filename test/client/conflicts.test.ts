import t from 'tap'
import { createClient, resolve, VersionConflict, type Client, type EditConflict } from '../../src/client/index.js'
import { inShort, recordingClient, startService, type Article } from './service.js'

const url = `${await startService(t)}/api/articles`

type Articles = Client<Article>

/** Two people who have both read one article. */
const twoReaders = async (): Promise<{ readonly first: Article, readonly ada: Articles, readonly bob: Articles, readonly sent: ReturnType<typeof recordingClient>['sent'] }> => {
  const { client: ada, sent } = recordingClient<Article>({ url })
  const bob = createClient<Article>({ url })
  const first = await ada.create({ title: 'A', body: 'text', tags: ['x'] })
  await bob.get(first.id)
  sent.length = 0
  return { first, ada, bob, sent }
}

t.test('two people edit different fields: the edits of both are stored, and nobody is asked', async (t) => {
  const { first, ada, bob, sent } = await twoReaders()
  await bob.edit(first.id, (article) => ({ ...article, tags: ['x', 'his'] }))
  const stored = await ada.edit(first.id, (article) => ({ ...article, title: 'hers' }), { onConflict: () => t.fail('nothing clashes') as unknown as undefined })
  t.strictSame(stored, { ...first, title: 'hers', tags: ['x', 'his'], version: 3, updatedAt: stored.updatedAt })
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "2" 200'])
})

t.test('two people edit the same field: the second is asked, with the three sides in hand', async (t) => {
  const { first, ada, bob, sent } = await twoReaders()
  const theirs = await bob.edit(first.id, (article) => ({ ...article, title: 'his', body: 'his text' }))
  const asked: EditConflict<Article>[] = []
  const stored = await ada.edit(first.id, (article) => ({ ...article, title: 'hers', tags: ['x', 'hers'] }), {
    onConflict: (conflict) => {
      asked.push(conflict)
      return resolve(conflict, { '/title': { value: 'his and hers' } })
    }
  })
  t.strictSame(stored, { ...first, title: 'his and hers', body: 'his text', tags: ['x', 'hers'], version: 3, updatedAt: stored.updatedAt })
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "2" 200'])
  t.equal(asked.length, 1)
  const { error, ...sides } = asked[0] ?? {}
  t.strictSame(sides, {
    base: first,
    theirs,
    yours: { ...first, title: 'hers', tags: ['x', 'hers'] },
    conflicts: [{ pointer: '/title', base: 'A', theirs: 'his', yours: 'hers' }],
    merged: { ...theirs, tags: ['x', 'hers'] }
  })
  t.ok(error instanceof VersionConflict)
  t.strictSame(error?.body.changes?.map(({ pointer, from, to, version }) => ({ pointer, from, to, version })), [{ pointer: '/title', from: 'A', to: 'his', version: 2 }, { pointer: '/body', from: 'text', to: 'his text', version: 2 }])
})

t.test('a person may take theirs, keep theirs with nothing sent, overwrite, or give up', async (t) => {
  const clash = async () => {
    const readers = await twoReaders()
    const theirs = await readers.bob.edit(readers.first.id, (article) => ({ ...article, title: 'his' }))
    const edit = (onConflict: (conflict: EditConflict<Article>) => Article | undefined) => readers.ada.edit(readers.first.id, (article) => ({ ...article, title: 'hers', tags: [] }), { onConflict })
    return { ...readers, theirs, edit }
  }
  const takes = await clash()
  t.match(await takes.edit((conflict) => resolve(conflict, { '/title': 'theirs' })), { title: 'his', tags: [], version: 3 })
  const overwrites = await clash()
  t.match(await overwrites.edit(({ yours }) => yours), { title: 'hers', tags: [], version: 3 })
  t.strictSame(inShort(overwrites.sent), ['PUT "1" 409', 'PUT "2" 200'])
  const keeps = await clash()
  t.strictSame(await keeps.edit(() => undefined), keeps.theirs)
  t.strictSame(inShort(keeps.sent), ['PUT "1" 409'])
  const givesUp = await clash()
  await t.rejects(givesUp.edit(({ error }) => { throw error }), VersionConflict)
  t.strictSame(await givesUp.ada.get(givesUp.first.id), givesUp.theirs)
  const changes = await clash()
  t.match(await changes.edit((conflict) => Object.assign(conflict.theirs, { body: 'changed in place' })), { title: 'his', tags: ['x'], body: 'changed in place' })
})

t.test('what a person has decided is not lost when somebody saves in the meantime', async (t) => {
  const { first, ada, bob, sent } = await twoReaders()
  await bob.edit(first.id, (article) => ({ ...article, title: 'his' }))
  let asked = 0
  const stored = await ada.edit(first.id, (article) => ({ ...article, title: 'hers' }), {
    onConflict: async (conflict) => {
      asked++
      if (asked === 1) await bob.edit(first.id, (article) => ({ ...article, body: 'his text' }))
      if (asked === 2) t.fail('the second change of his touches nothing of hers')
      return resolve(conflict, { '/title': { value: 'decided' } })
    }
  })
  t.match(stored, { title: 'decided', body: 'his text', version: 4 })
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "2" 409', 'PUT "3" 200'])

  const inPlace = await twoReaders()
  await inPlace.bob.edit(inPlace.first.id, (article) => ({ ...article, title: 'his' }))
  const decidedInPlace = await inPlace.ada.edit(inPlace.first.id, (article) => ({ ...article, title: 'hers' }), {
    onConflict: async ({ theirs }) => {
      await inPlace.bob.edit(inPlace.first.id, (article) => ({ ...article, body: 'his text' }))
      return Object.assign(theirs, { title: 'decided' })
    }
  })
  t.match(decidedInPlace, { title: 'decided', body: 'his text', version: 4 }, 'also where the decision was made in the document that was shown')

  const again = await twoReaders()
  await again.bob.edit(again.first.id, (article) => ({ ...article, title: 'his' }))
  const seen: unknown[] = []
  const last = await again.ada.edit(again.first.id, (article) => ({ ...article, title: 'hers' }), {
    onConflict: async (conflict) => {
      seen.push(conflict.conflicts)
      if (seen.length === 1) await again.bob.edit(again.first.id, (article) => ({ ...article, title: 'his second' }))
      return resolve(conflict, { '/title': { value: `decided ${seen.length}` } })
    }
  })
  t.match(last, { title: 'decided 2', version: 4 })
  t.strictSame(seen, [[{ pointer: '/title', base: 'A', theirs: 'his', yours: 'hers' }], [{ pointer: '/title', base: 'his', theirs: 'his second', yours: 'decided 1' }]])
})

t.test('a conflict of a single write is resolved and put', async (t) => {
  const { first, ada, bob } = await twoReaders()
  await bob.patch(first.id, { title: 'his', body: 'his text' })
  const error: unknown = await ada.put(first.id, { ...first, title: 'hers', tags: ['hers'] }).catch((error: unknown) => error)
  if (!(error instanceof VersionConflict)) throw error
  const conflict = error as VersionConflict<Article>
  await t.rejects(ada.patch(first.id, { title: 'hers' }), VersionConflict, 'a conflict is no look at the document: the same again is a conflict again')
  const stored = await ada.put(first.id, resolve(conflict, { '/title': 'yours' }))
  t.strictSame(stored, { ...first, title: 'hers', body: 'his text', tags: ['hers'], version: 3, updatedAt: stored.updatedAt })
})

t.test('a merge that the service can make, though nobody else could, is not asked for', async (t) => {
  const { first, ada, bob } = await twoReaders()
  await ada.put(first.id, { ...first, body: 'one\ntwo\nthree\n' })
  await bob.get(first.id)
  await bob.edit(first.id, (article) => ({ ...article, body: article.body.replace('one', 'ONE') }))
  const onConflict = () => t.fail('lines merge') as unknown as undefined
  const stored = await ada.edit(first.id, (article) => ({ ...article, body: article.body.replace('three', 'THREE') }), { onConflict, merge: true })
  t.match(stored, { body: 'ONE\ntwo\nTHREE\n', version: 4 })
})

t.test('what a form gives is merged with what came since, never made anew: it would overwrite what it didn\'t change', async (t) => {
  const { first, ada, bob, sent } = await twoReaders()
  await bob.edit(first.id, (article) => ({ ...article, title: 'his', tags: ['x', 'his'] }))
  const onConflict = () => t.fail('the two edits merge') as unknown as undefined
  const { title, tags, ...rest } = first
  const stored = await ada.edit(first.id, () => ({ ...rest, title, tags, body: 'her text' }), { base: first, onConflict })
  t.match(stored, { title: 'his', body: 'her text', tags: ['x', 'his'], version: 3 })
  t.strictSame(inShort(sent), ['PUT "1" 409', 'PUT "2" 200'])

  sent.length = 0
  await bob.edit(first.id, (article) => ({ ...article, tags: [...article.tags, 'again'] }))
  t.strictSame((await ada.edit(first.id, () => ({ ...stored, tags: ['x', 'his', 'hers'] }), { base: stored, onConflict })).tags.toSorted(), ['again', 'hers', 'his', 'x'], 'a set, which only the service can merge')
  t.strictSame(inShort(sent), ['PUT "3" 409', 'PUT "3" 200'])
  t.strictSame(sent.map(({ headers }) => headers.prefer), [undefined, 'conflict=merge'])
})
