import { MongoClient, type Document } from 'mongodb'
import t from 'tap'
import { mongodb } from '../../src/conflict-translators/mongodb.js'
import { mongodbUri } from '../mongodb-uri.js'

const client = await MongoClient.connect(mongodbUri())
const db = client.db('mongodb_translator')
t.teardown(async () => {
  await db.dropDatabase()
  await client.close()
})
const users = db.collection('users')
await users.createIndexes([
  { key: { email: 1 }, unique: true },
  { key: { tenant: 1, 'address.city': -1 }, unique: true, partialFilterExpression: { tenant: { $exists: true } } },
  { key: { name: 1, team: 1 }, name: 'one name a team', unique: true, partialFilterExpression: { name: { $exists: true } } },
  { key: { nick: 1 }, unique: true, collation: { locale: 'en', strength: 2 }, partialFilterExpression: { nick: { $exists: true } } }
])
const TRICKY = 'a", other: 1 } index: x_1 dup key: { y: 1'
await users.insertOne({ _id: 1, email: TRICKY, tenant: 1, address: { city: 'b' }, name: 'n', team: 't', nick: 'Ada' } as Document)

const refusal = async (write: Promise<unknown>): Promise<unknown> => write.then(() => { throw new Error('It was accepted') }, (error: unknown) => error)

t.test('each way to write one document', async (t) => {
  const email = { primaryKey: false, fields: ['email'], values: { email: TRICKY }, index: 'email_1' }
  await users.insertOne({ _id: 2, email: 'second' } as Document)
  t.strictSame(mongodb(await refusal(users.insertOne({ email: TRICKY }))), email)
  t.strictSame(mongodb(await refusal(users.updateOne({ email: 'second' }, { $set: { email: TRICKY } }))), email)
  t.strictSame(mongodb(await refusal(users.findOneAndUpdate({ email: 'second' }, { $set: { email: TRICKY } }))), email)
  t.strictSame(mongodb(await refusal(users.replaceOne({ email: 'second' }, { email: TRICKY }))), email)
})

t.test('an index of several fields, and one inside another', async (t) => {
  t.strictSame(mongodb(await refusal(users.insertOne({ email: 'x', tenant: 1, address: { city: 'b' } }))),
    { primaryKey: false, fields: ['tenant', 'address.city'], values: { tenant: 1, 'address.city': 'b' }, index: 'tenant_1_address.city_-1' })
})

t.test('a value of an index with a collation is a sort key, and no value', async (t) => {
  t.strictSame(mongodb(await refusal(users.insertOne({ email: 'x', nick: 'ADA' }))), { primaryKey: false, fields: ['nick'], values: {}, index: 'nick_1' })
})

t.test('_id is told apart', async (t) => {
  t.strictSame(mongodb(await refusal(users.insertOne({ _id: 1, email: 'x' } as Document))), { primaryKey: true, fields: ['_id'], values: { _id: 1 }, index: '_id_' })
  t.strictSame(mongodb(await refusal(users.insertMany([{ _id: 1, email: 'x' }] as Document[]))), { primaryKey: true, fields: ['_id'], values: {}, index: '_id_' })
})

t.test('write errors inside a bulk write, which have no keyPattern; nothing is read out of a value', async (t) => {
  t.strictSame(mongodb(await refusal(users.insertMany([{ email: TRICKY }]))), { primaryKey: false, fields: ['email'], values: {}, index: 'email_1' })
  t.strictSame(mongodb(await refusal(users.bulkWrite([{ insertOne: { document: { email: 'x', tenant: 1, address: { city: 'b' } } } }]))),
    { primaryKey: false, fields: ['tenant', 'address.city'], values: {}, index: 'tenant_1_address.city_-1' })
  t.strictSame(mongodb(await refusal(users.bulkWrite([{ updateOne: { filter: { email: 'second' }, update: { $set: { nick: 'ada' } } } }]))),
    { primaryKey: false, fields: ['nick'], values: {}, index: 'nick_1' })
  t.strictSame(mongodb(await refusal(users.insertMany([{ email: 'y', name: 'n', team: 't' }]))), { primaryKey: false, fields: ['name'], values: {}, index: 'one name a team' })
})

t.test('of several write errors, the first that is a duplicate', async (t) => {
  await db.createCollection('checked', { validator: { email: { $type: 'string' } } })
  await db.collection('checked').createIndexes([{ key: { email: 1 }, unique: true }])
  const error = await refusal(db.collection('checked').insertMany([{ email: 5 }, { email: 'a' }, { email: 'a' }], { ordered: false }))
  t.strictSame(mongodb(error), { primaryKey: false, fields: ['email'], values: {}, index: 'email_1' })
})

t.test('write errors as a command without throwing gives them', async (t) => {
  const reply = await db.command({ insert: 'users', documents: [{ email: TRICKY }] })
  t.strictSame(mongodb(reply), { primaryKey: false, fields: ['email'], values: { email: TRICKY }, index: 'email_1' })
})

t.test('codes of older versions, whose messages have no names of fields', (t) => {
  for (const code of [11000, 11001, 12582]) {
    const errmsg = `E${code} duplicate key error index: shop.users.$email_1 dup key: { : "a" }`
    t.match(mongodb({ code, errmsg }), { primaryKey: false, values: {}, index: 'shop.users.$email_1' })
  }
  t.strictSame(mongodb({ code: 11000 }), { primaryKey: false, fields: [], values: {} })
  t.end()
})

t.test('any other error is none of its business', async (t) => {
  t.equal(mongodb(await refusal(users.updateOne({}, { $bad: 1 }))), undefined)
  t.equal(mongodb(await refusal(users.insertMany([{ _id: { $bad: undefined }, a: [] }, { _id: [1] }] as unknown as Document[]))), undefined)
  for (const value of [undefined, null, 11000, 'E11000', new Error('E11000 duplicate key error'), { code: '11000' }, { writeErrors: [null, { code: 121 }] }]) t.equal(mongodb(value), undefined)
})
