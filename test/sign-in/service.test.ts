import { randomBytes } from 'node:crypto'
import { MongoClient } from 'mongodb'
import t from 'tap'
import { startService } from '../../src/service.js'
import { readSettings } from '../../src/settings.js'
import { mongodbUri } from '../mongodb-uri.js'
import { as, secret } from './tokens.js'

t.test('the settings reach the service: AUTH_JWT_SECRET lets in who has a token, on any HOST', async (t) => {
  const database = `app-${randomBytes(6).toString('hex')}`
  const uri = mongodbUri()
  const settings = readSettings({ HOST: '0.0.0.0', PORT: '0', MONGODB_DB: database, LOG_LEVEL: 'silent', AUTH_JWT_SECRET: secret }, 'no-such-file.env')
  const service = await startService(settings, uri, 1_000)
  t.teardown(async () => {
    await service.close()
    const client = new MongoClient(uri)
    await client.db(database).dropDatabase()
    await client.close()
  })
  const url = `${service.url.replace('0.0.0.0', '127.0.0.1')}/api/articles`
  t.equal((await fetch(url)).status, 401)
  const created = await fetch(url, { method: 'POST', body: JSON.stringify({ title: 'A' }), headers: { 'content-type': 'application/json', ...as('ada') } })
  t.equal(created.status, 201)
  t.match(await (await fetch(`${url}/${(await created.json() as { id: string }).id}/revisions`, { headers: as('ben') })).json(), { items: [{ version: 1, by: 'ada' }] })
})
