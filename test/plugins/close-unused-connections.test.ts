import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import fastify from 'fastify'
import t from 'tap'
import { closeUnusedConnectionsPlugin } from '../../src/plugins/close-unused-connections.js'

t.test('an app that closes waits for no connection over which nothing has come', async (t) => {
  const app = fastify()
  // What waits for a first request ends after a minute else, and the test before that.
  await app.register(closeUnusedConnectionsPlugin)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.server.closeAllConnections())
  const accepted = once(app.server, 'connection')
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
  await accepted
  const ended = once(socket.resume(), 'close')
  await app.close()
  await ended
})
