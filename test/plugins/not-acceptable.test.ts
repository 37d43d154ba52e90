import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'

const app = await buildProblemApp(t, (app) => {
  app.get('/json', () => ({ done: true }))
  app.get('/text', { config: { produces: ['text/plain', 'text/csv'] } }, () => 'done')
})

t.test('406 where Accept rules out what the route answers with', async (t) => {
  for (const accept of ['text/html', 'text/*', 'application/xml, text/html;q=0.9', 'application/json;q=0', '*/*;q=0', 'nonsense']) {
    const reply = await app.inject({ url: '/json', headers: { accept } })
    t.equal(reply.statusCode, 406, accept)
    t.strictSame(reply.json(), problem('not-acceptable', 'Not Acceptable', 406, 'The reply would be application/json, which Accept rules out', '/json'))
  }
  const text = await app.inject({ url: '/text', headers: { accept: 'application/json' } })
  t.strictSame(text.json(), problem('not-acceptable', 'Not Acceptable', 406, 'The reply would be text/plain or text/csv, which Accept rules out', '/text'))
})

t.test('anything that lets it through, however little it likes it', async (t) => {
  for (const accept of ['application/json', '*/*', 'application/*', 'text/html, application/json;q=0.1', 'APPLICATION/JSON', 'text/html, */*;q=0.01', '', ' ']) {
    t.equal((await app.inject({ url: '/json', headers: { accept } })).statusCode, 200, accept)
  }
  t.equal((await app.inject({ url: '/json' })).statusCode, 200)
  t.equal((await app.inject({ url: '/text', headers: { accept: 'text/csv' } })).statusCode, 200)
})
