import { MongoClient } from 'mongodb'
import t from 'tap'
import { versionFilter } from '../../src/plugins/version-hook-filter.js'
import { judgeWrite, type WritePolicy } from '../../src/preconditions/judge-write.js'
import { readPreconditions } from '../../src/preconditions/preconditions.js'
import { writeCondition } from '../../src/preconditions/write-condition.js'
import { mongodbUri } from '../mongodb-uri.js'

interface Stored { _id: number, version: number, updatedAt?: Date }

const client = new MongoClient(mongodbUri())
const stored = client.db('noclobber-version-filter').collection<Stored>('stored')
const second = 'Thu, 01 Jan 2026 00:00:00 GMT'
const documents: Stored[] = [
  { _id: 1, version: 1 },
  { _id: 2, version: 3, updatedAt: new Date('2025-12-31T23:59:59.999Z') },
  { _id: 3, version: 5, updatedAt: new Date('2026-01-01T00:00:00.999Z') },
  { _id: 4, version: 5, updatedAt: new Date('2026-01-01T00:00:01.000Z') }
]

t.before(async () => {
  await stored.deleteMany({})
  await stored.insertMany(documents)
})
t.teardown(() => client.close())

const tags = ['*', '"5"', '"3", "5"', 'W/"5"', '"x"', '"4"']
const headers: string[][] = [
  [],
  ...tags.map((tag) => ['If-Match', tag]),
  ...tags.map((tag) => ['If-None-Match', tag]),
  ...tags.flatMap((tag) => tags.map((other) => ['If-Match', tag, 'If-None-Match', other])),
  ['If-Unmodified-Since', second],
  ['If-Unmodified-Since', second, 'If-None-Match', '"3"'],
  ['If-Match', '*', 'If-Unmodified-Since', second]
]

t.test('the filter matches, in MongoDB, exactly the documents that the judgement lets proceed', async (t) => {
  const matched = new Set<number>()
  for (const ifMatch of ['required', 'optional'] as const) {
    const policy: WritePolicy = { ifMatch, weakIfMatch: 'never-matches' }
    for (const lines of headers) {
      const read = readPreconditions(lines, Date.now())
      if (read.kind === 'malformed') throw new Error(`${read.header} is malformed`)
      const { preconditions } = read
      const found = await stored.find(versionFilter(writeCondition('put', preconditions, policy))).sort({ _id: 1 }).toArray()
      const proceeding = documents.filter(({ version, updatedAt = null }) =>
        judgeWrite('put', preconditions, policy, { kind: 'document', version, updatedAt }).kind === 'proceed')
      t.strictSame(found, proceeding, `${ifMatch}: ${lines.join(' ')}`)
      matched.add(found.length)
    }
  }
  t.strictSame([...matched].sort(), [0, 1, 2, 3, 4], 'none, some and all were matched')
})

t.test('create only, by an upsert: one that exists ends in a duplicate key and stays as it is', async (t) => {
  const read = readPreconditions(['If-None-Match', '*'], Date.now())
  if (read.kind === 'malformed') throw new Error('malformed')
  const filter = versionFilter(writeCondition('put', read.preconditions, { ifMatch: 'required', weakIfMatch: 'never-matches' }))
  const create = (_id: number) => stored.updateOne({ _id, ...filter }, { $set: { version: 1 } }, { upsert: true })
  t.match(await create(9), { upsertedCount: 1 })
  await t.rejects(create(3), { code: 11000 })
  t.strictSame(await stored.findOne({ _id: 3 }), documents[2])
  await stored.deleteOne({ _id: 9 })
})
