import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import { defineResource } from '../../src/resources/resource.js'
import { buildTestApp, storeModes } from '../app.js'
import { send, type Document } from '../contract/stored.js'
import { tasks } from './tasks.js'
import { as, secret } from './tokens.js'

const tag = (version: number) => ({ 'if-match': `"${version}"` })

/** Two processes of a service on one database: what the first keeps in memory is behind after a write by the second. */
const twoApps = async (t: Test, options: Parameters<typeof buildTestApp>[1]) => {
  const both = { ...options, signIn: { tokens: { secret } } }
  const { app, db } = await buildTestApp(t, both)
  const { app: other } = await buildTestApp(t, { ...both, database: db.databaseName })
  return { app, other }
}

/** What a version says of who may change it is asked for, and then it changes before the write. */
const writes = [
  ['PUT', '', { text: 'Ben' }], ['PATCH', '', { text: 'Ben' }], ['PATCH', '', [{ op: 'add', path: '/text', value: 'Ben' }]], ['DELETE', '', undefined], ['POST', '/close', undefined], ['POST', '/revisions/1/restore', undefined]
] as const

for (const storeMode of storeModes) {
  t.test(`an editor who is no longer one when the write is made has written nothing (${storeMode})`, async (t) => {
    const asked: (readonly [string, number | undefined, boolean])[] = []
    const papers = defineResource({
      name: 'papers',
      noun: 'paper',
      schema: Type.Object({ text: Type.String(), editors: Type.Array(Type.String(), { default: [] }) }),
      states: { field: 'state', initial: 'open', transitions: { close: { from: ['open'], to: 'closed' } } },
      authorize: ({ principal }, action, { editors, version }) => {
        const answer = action === 'read' || editors.includes(principal?.sub ?? '')
        if (principal?.sub === 'ben' && action !== 'read') asked.push([action, version, answer])
        return answer
      }
    })
    const { app, other } = await twoApps(t, { storeMode, resources: [papers] })
    for (const [method, path, body] of writes) {
      for (const condition of [{ 'if-match': '*' }, tag(1)]) {
        const what = `${method} ${path} ${condition['if-match']}`
        const paper = (await send(app, 'POST', '/api/papers', { text: 'A', editors: ['ada', 'ben'] }, as('ada'))).json<Document>()
        const at = `/api/papers/${paper.id}`
        await send(app, 'GET', at, undefined, as('ada'))
        const withoutBen = (await send(other, 'PATCH', at, { editors: ['ada'] }, { ...tag(1), ...as('ada') })).json<Document>()
        asked.length = 0
        const reply = await send(app, method, `${at}${path}`, body, { ...(path === '/revisions/1/restore' && condition['if-match'] === '*' ? tag(2) : condition), ...(Array.isArray(body) && { 'content-type': 'application/json-patch+json' }), ...as('ben') })
        t.equal(reply.statusCode, 403, what)
        t.strictSame(asked.at(-1)?.slice(1), [2, false], `${what}: the version that the write would have changed is judged`)
        if (path !== '/revisions/1/restore') t.strictSame(asked[0]?.slice(1), [1, true], `${what}: the version that was known was permitted`)
        t.strictSame((await send(other, 'GET', at, undefined, as('ada'))).json(), withoutBen, what)
      }
    }
  })

  t.test(`a document that has become another owner's when the write is made is not changed (${storeMode})`, async (t) => {
    const { app, other } = await twoApps(t, { storeMode, resources: [tasks] })
    for (const [method, path, body] of writes) {
      const what = `${method} ${path}`
      const task = (await send(app, 'POST', '/api/tasks', { text: 'A' }, as('ada'))).json<Document>()
      const at = `/api/tasks/${task.id}`
      await send(app, 'GET', at, undefined, as('ada'))
      await send(other, 'DELETE', at, undefined, { ...tag(1), ...as('ada') })
      const his = (await send(other, 'PUT', at, { text: 'B' }, { 'if-none-match': '*', ...as('ben') })).json<Document>()
      t.match(his, { version: 3, owner: 'ben' })
      for (const condition of [{ 'if-match': '*' }, tag(3), { 'if-match': '"1", "3"' }, { ...tag(1), prefer: 'conflict=merge' }]) {
        const reply = await send(app, method, `${at}${path}`, body, { ...condition, ...(Array.isArray(body) && { 'content-type': 'application/json-patch+json' }), ...as('ada') })
        t.equal(reply.statusCode, 403, `${what} ${condition['if-match']}`)
        t.strictSame((await send(other, 'GET', at, undefined, as('ben'))).json(), his, what)
      }
    }
  })

  t.test(`a delete of a version that is in no memory is judged by its content (${storeMode})`, async (t) => {
    const locked = defineResource({ name: 'locks', noun: 'lock', schema: Type.Object({ text: Type.String() }), authorize: (_request, action, { text }) => action !== 'delete' || text !== 'locked' })
    const { app } = await buildTestApp(t, { storeMode, keptBytes: 0, resources: [locked], signIn: { tokens: { secret } } })
    for (const [text, status] of [['locked', 403], ['open', 204]] as const) {
      const { id } = (await send(app, 'POST', '/api/locks', { text }, as('ada'))).json<Document>()
      t.equal((await send(app, 'DELETE', `/api/locks/${id}`, undefined, { ...tag(1), ...as('ada') })).statusCode, status)
    }
  })

  t.test(`an owner's delete by the version is decided in the database, without a read (${storeMode})`, async (t) => {
    const { app } = await buildTestApp(t, { storeMode, keptBytes: 0, resources: [tasks], signIn: { tokens: { secret } } })
    const make = async () => `/api/tasks/${(await send(app, 'POST', '/api/tasks', { text: 'A' }, as('$ada'))).json<Document>().id}`
    const at = await make()
    t.equal((await send(app, 'DELETE', at, undefined, { ...tag(1), ...as('ben') })).statusCode, 403)
    t.equal((await send(app, 'DELETE', at, undefined, { ...tag(2), ...as('$ada') })).statusCode, 409)
    t.equal((await send(app, 'DELETE', at, undefined, { ...tag(1), ...as('$ada') })).statusCode, 204)
    t.equal((await send(app, 'DELETE', at, undefined, { ...tag(1), ...as('ben') })).statusCode, 409)
  })
}
