import type { Socket } from 'node:net'
import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'

/** How long a request may be on its way over a connection that was just opened, in ms. */
const onItsWayMs = 500

const plugin: FastifyPluginCallback = (fastify, _options, done) => {
  const sockets = new Set<Socket>()
  fastify.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  fastify.addHook('preClose', (done) => {
    const destroyUnused = (): void => {
      for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
    }
    // A server that closes closes what has become idle, but waits a minute for a first request.
    setTimeout(destroyUnused, onItsWayMs).unref()
    done()
  })
  done()
}

/**
 * When the app closes, connections over which nothing has come are closed after half a second. Browsers and HTTP clients open such
 * connections ahead of requests that they may never send, and the app would wait for them.
 */
export const closeUnusedConnectionsPlugin = fp(plugin, { name: 'noclobber-close-unused-connections', fastify: '5.x' })
