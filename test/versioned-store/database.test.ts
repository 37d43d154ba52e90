import t from 'tap'
import { openDatabase } from '../../src/versioned-store/database.js'
import { mongodbUri } from '../mongodb-uri.js'
import { startFaultMongod } from './fault-mongod.js'

t.test('opens a replica set, with what is at least a majority', async (t) => {
  for (const more of ['', '&w=majority', '&w=1', '&retryWrites=true']) {
    const database = await openDatabase(mongodbUri() + more, 'database-test')
    t.equal(database.db.databaseName, 'database-test')
    await database.close()
  }
})

t.test('refuses a write concern below majority', async (t) => {
  for (const w of ['0', 'rack']) {
    await t.rejects(openDatabase(`${mongodbUri()}&w=${w}`, 'database-test'), { message: new RegExp(`write concern w=${w}, below majority`) })
  }
})

t.test('refuses a standalone, which has no majority', async (t) => {
  const { uri } = await startFaultMongod(t, { standalone: true })
  await t.rejects(openDatabase(uri, 'database-test'), { message: /standalone mongod: start it with --replSet/ })
})

t.test('refuses w=1 where a majority is more', async (t) => {
  const { uri, admin } = await startFaultMongod(t)
  const { config } = await admin.command({ replSetGetConfig: 1 }) as { config: { version: number, members: object[] } }
  const added = [1, 2].map((_id) => ({ _id, host: `127.0.0.1:${_id}`, priority: 0 }))
  await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members: [...config.members, ...added] }, force: true })
  await t.rejects(openDatabase(`${uri}&w=1`, 'database-test'), { message: /write concern w=1, below majority/ })
})

t.test('a database that is not there is an error within its bounds, not a wait', async (t) => {
  await t.rejects(openDatabase('mongodb://127.0.0.1:1/?directConnection=true&serverSelectionTimeoutMS=99999', 'database-test'), { name: 'MongoServerSelectionError' })
})
