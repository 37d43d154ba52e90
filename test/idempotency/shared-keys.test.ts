import { MongoClient, ObjectId } from 'mongodb'
import t from 'tap'
import { createKeyRecords, type KeyRecord } from '../../src/idempotency/key-records.js'
import { mongodbUri } from '../mongodb-uri.js'

const reply = { status: 201, headers: {}, body: '{}' }

t.test('a key that two processes carry out is not given free by the one for which nothing was done', async (t) => {
  const client = new MongoClient(mongodbUri())
  const db = client.db(`shared-keys-${new ObjectId().toHexString()}`)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  const [one, other] = [createKeyRecords(db.collection<KeyRecord>('keys')), createKeyRecords(db.collection<KeyRecord>('keys'))]
  const claim = (key: string, newId: string): KeyRecord => ({ _id: key, request: `digest of ${key}`, newId, claimedAt: new Date() })

  const first = claim('a', 'first')
  t.equal(await one.claim(first), undefined)
  t.match(await other.claim(claim('a', 'second')), { newId: 'first', shared: true })
  t.equal(await one.free(first), undefined)
  t.match(await one.claim(claim('a', 'third')), { newId: 'first' }, 'the document of the other is looked for, and no second one made')
  await other.keep(first, reply)
  t.match(await one.claim(claim('a', 'fourth')), { newId: 'first', reply })

  const alone = claim('b', 'first')
  await one.claim(alone)
  t.match(await other.claim({ ...claim('b', 'second'), request: 'another request' }), { request: 'digest of b', shared: undefined }, 'another request shares nothing')
  await one.free(alone)
  t.equal(await other.claim(claim('b', 'second')), undefined, 'what nobody shares is free again')
})
