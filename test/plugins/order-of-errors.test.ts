import { Type } from '@sinclair/typebox'
import t from 'tap'
import { errors } from '../../src/errors.js'
import { buildProblemApp } from './problem-app.js'

t.test('a request with every fault is told of the first, then of the next, ...', async (t) => {
  const app = await buildProblemApp(t, (app) => {
    app.put('/things/:id', {
      bodyLimit: 100,
      schema: { params: Type.Object({ id: Type.String({ maxLength: 5 }) }), querystring: Type.Object({}, { additionalProperties: false }), body: Type.Object({ title: Type.String() }) }
    }, () => {
      throw errors.preconditionRequired()
    })
  })
  const invalid = '{"title":1e400}'
  const steps: [number, { method: string, url: string, accept: string, type: string, payload: string }][] = [
    [404, { method: 'POST', url: `/nothing/${'a'.repeat(13_000)}?x`, accept: 'text/html', type: 'text/plain', payload: 'x'.repeat(200) }],
    [405, { method: 'POST', url: `/things/${'a'.repeat(13_000)}?x`, accept: 'text/html', type: 'text/plain', payload: 'x'.repeat(200) }],
    [406, { method: 'PUT', url: `/things/${'a'.repeat(13_000)}?x`, accept: 'text/html', type: 'text/plain', payload: 'x'.repeat(200) }],
    [414, { method: 'PUT', url: `/things/${'a'.repeat(13_000)}?x`, accept: '*/*', type: 'text/plain', payload: 'x'.repeat(200) }],
    [413, { method: 'PUT', url: '/things/toolong?x', accept: '*/*', type: 'text/plain', payload: 'x'.repeat(200) }],
    [415, { method: 'PUT', url: '/things/toolong?x', accept: '*/*', type: 'text/plain', payload: 'x' }],
    [400, { method: 'PUT', url: '/things/toolong?x', accept: '*/*', type: 'application/json', payload: 'x' }],
    [400, { method: 'PUT', url: '/things/toolong?x', accept: '*/*', type: 'application/json', payload: invalid }],
    [400, { method: 'PUT', url: '/things/5?x', accept: '*/*', type: 'application/json', payload: invalid }],
    [422, { method: 'PUT', url: '/things/5', accept: '*/*', type: 'application/json', payload: invalid }],
    [428, { method: 'PUT', url: '/things/5', accept: '*/*', type: 'application/json', payload: '{"title":"a"}' }]
  ]
  for (const [status, { method, url, accept, type, payload }] of steps) {
    const reply = await app.inject({ method: method as 'PUT', url, payload, headers: { accept, 'content-type': type } })
    t.equal(reply.statusCode, status)
  }
})
