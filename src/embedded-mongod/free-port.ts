import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/**
 * A port of 127.0.0.1 that nothing listens on, from 20000 to 29999: below the ports that systems give to outgoing
 * connections (from 32768 on Linux, from 49152 elsewhere), so that it is still free when a mongod starts again on it,
 * and a client that connects again and again can't meet itself there.
 */
export const freePort = async (): Promise<number> => {
  for (let tries = 0; tries < 100; tries++) {
    const port = randomInt(20_000, 30_000)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
      server.close()
      await once(server, 'close')
      return port
    } catch {
      // Taken.
    }
  }
  throw new Error('no free port from 20000 to 29999 on 127.0.0.1')
}
