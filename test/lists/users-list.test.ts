import t from 'tap'
import { buildTestApp } from '../app.js'
import { create, send, type Document } from '../contract/stored.js'
import { walk } from './walk.js'

const url = '/api/users'

t.test('users are found and sorted whatever the case', async (t) => {
  const { app } = await buildTestApp(t)
  const stored = new Map<string, Document>()
  for (const username of ['bob', 'Ada', 'ada', 'Carl', 'ADA', 'Ädam']) stored.set(username, await create(app, url, { username, email: `${username}.${stored.size}@example.org` }))
  const named = (...usernames: string[]) => usernames.map((username) => stored.get(username))

  t.strictSame(await walk(app, `${url}?email=ADA.1@EXAMPLE.ORG`), named('Ada'))
  t.strictSame(await walk(app, `${url}?email=ada.1@example.org&email=bob.0@example.org&sort=createdAt&limit=1`), named('bob', 'Ada'))
  t.strictSame(await walk(app, `${url}?email=ada.1@example.com`), [])
  for (const limit of [1, 2, 100]) {
    t.strictSame(await walk(app, `${url}?username=ada&sort=createdAt&limit=${limit}`), named('Ada', 'ada', 'ADA'))
    t.strictSame(await walk(app, `${url}?sort=username&limit=${limit}`), named('Ada', 'ada', 'ADA', 'Ädam', 'bob', 'Carl'), 'names that are the same but for case: by id')
    t.strictSame(await walk(app, `${url}?sort=-username&limit=${limit}`), named('Carl', 'bob', 'Ädam', 'ADA', 'ada', 'Ada'))
  }
  const refused = await send(app, 'GET', `${url}?email=ada`)
  t.equal(refused.statusCode, 400)
  t.match(refused.json(), { detail: 'email must match the pattern ^[^@\\s]+@[^@\\s]+$' })
})
