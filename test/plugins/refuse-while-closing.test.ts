import { once } from 'node:events'
import t from 'tap'
import { buildProblemApp, problem } from './problem-app.js'
import { openSocket, readUntilClosed } from './raw-http.js'

for (const { method, members } of [{ method: 'GET', members: {} }, { method: 'POST', members: { outcome: 'not-applied' } }]) {
  t.test(`once the app is closing, ${method} on an open connection is 503, and what runs goes on`, async (t) => {
    let finish = (): void => undefined
    const app = await buildProblemApp(t, (app) => {
      app.get('/slow', () => new Promise<string>((resolve) => {
        finish = () => resolve('finished')
        app.server.emit('a handler runs')
      }))
      app.route({ method, url: '/things', config: { emptyBody: true }, handler: () => 'done' })
    })
    await app.listen({ port: 0 })
    const socket = await openSocket(app)
    const runs = once(app.server, 'a handler runs')
    socket.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
    await runs
    const closed = app.close()
    const replies = readUntilClosed(socket)
    const next = once(app.server, 'request')
    socket.write(`${method} /things HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`)
    await next
    finish()
    const [slow, refused, ...others] = await replies
    t.match(slow, { status: 200, body: 'finished' })
    t.match(refused, { status: 503, headers: { connection: 'close', 'retry-after': '1', 'content-type': 'application/problem+json', 'cache-control': 'no-store' } })
    t.strictSame(JSON.parse(refused?.body ?? ''), problem('unavailable', 'Service Unavailable', 503, 'The service is stopping', '/things', { retryable: true, ...members }))
    t.strictSame(others, [])
    await closed
  })
}
