import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Where a connection is cut: before the request goes on, when the reply has come back whole, or in the middle of the reply. */
export type Cut = 'request' | 'reply' | 'half-reply'

export interface CuttingProxy {
  readonly url: string
  /** Cuts of the requests to come, in their order; undefined lets one pass. When there are none left, all pass. */
  readonly cuts: (Cut | undefined)[]
  /** How many requests have been cut. */
  cutCount: number
}

/** A TCP proxy in front of a service that cuts connections where a test says so. Each request has a connection of its own. */
export const startCuttingProxy = async (t: Test, target: string): Promise<CuttingProxy> => {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const listener = createServer((client) => {
    const server = connect(Number(port), hostname)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    }
    let cut: Cut | undefined
    const end = (): void => {
      proxy.cutCount++
      client.resetAndDestroy()
      server.destroy()
    }
    client.once('data', (chunk) => {
      cut = proxy.cuts.shift()
      // One connection carries one request, so that the next one is known to be another.
      const text = chunk.toString('latin1').replace(/connection: keep-alive/i, 'connection: close')
      if (cut === 'request') { end(); return }
      server.write(Buffer.from(text, 'latin1'))
      client.pipe(server)
    })
    server.on('data', (chunk) => {
      if (cut === 'reply') end()
      else if (cut === 'half-reply') client.write(chunk.subarray(0, chunk.length - 10), end)
      else client.write(chunk)
    })
    server.on('close', () => client.end())
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => {
    listener.close()
    for (const socket of sockets) socket.destroy()
  })
  const proxy: CuttingProxy = { url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`, cuts: [], cutCount: 0 }
  return proxy
}
