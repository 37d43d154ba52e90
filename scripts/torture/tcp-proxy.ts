import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../src/embedded-mongod/free-port.js'

/**
 * What a proxy does to what passes.
 * - `delay`: holds each piece back for `ms`; what comes after it comes after it.
 * - `drop`: closes connections, those that are there at once and each new one after `ms`.
 * - `cut`: closes a connection in the middle of an answer of the other side, one in so many answers.
 * - `silence`: takes everything, and passes nothing on.
 */
export type Disturbance =
  | { readonly kind: 'delay', readonly ms: number }
  | { readonly kind: 'drop', readonly ms: number }
  | { readonly kind: 'cut', readonly oneIn: number }
  | { readonly kind: 'silence' }

export interface TcpProxy {
  readonly port: number
  /** Disturbs the connections that `concerns` names by the first bytes that came on them, all unless given, until told otherwise. */
  disturb(disturbance: Disturbance | undefined, concerns?: (firstBytes: string) => boolean): void
  close(): Promise<void>
}

interface Connection {
  readonly client: Socket
  readonly server: Socket
  firstBytes: string | undefined
  answers: number
  /** Whether something that came on it was not passed on. */
  swallowed: boolean
  /** What of each side is held back, until the last of it was passed on. */
  readonly held: Map<Socket, Promise<void>>
}

/** A proxy on a free port of loopback in front of another port. What is disturbed is dropped for good or late, never changed. */
export const startTcpProxy = async (target: number): Promise<TcpProxy> => {
  const connections = new Set<Connection>()
  let disturbance: Disturbance | undefined
  let concerns: (firstBytes: string) => boolean = () => true

  const concernsOf = ({ firstBytes }: Connection): Disturbance | undefined => firstBytes !== undefined && disturbance !== undefined && concerns(firstBytes) ? disturbance : undefined
  const destroy = ({ client, server }: Connection): void => {
    client.destroy()
    server.destroy()
  }

  /** Passes a piece on after `ms`, and after all that is held back before it. */
  const passLater = (connection: Connection, to: Socket, chunk: Buffer, ms: number): void => {
    const { held } = connection
    const passed = Promise.all([held.get(to), sleep(ms)]).then(() => {
      if (!to.destroyed) to.write(chunk)
      if (held.get(to) === passed) held.delete(to)
    })
    held.set(to, passed)
  }

  const pass = (connection: Connection, to: Socket, chunk: Buffer, isAnswer: boolean): void => {
    const disturbed = concernsOf(connection)
    switch (disturbed?.kind) {
      case undefined:
        if (connection.held.has(to)) passLater(connection, to, chunk, 0)
        else to.write(chunk)
        return
      case 'silence':
        connection.swallowed = true
        return
      case 'delay':
        passLater(connection, to, chunk, disturbed.ms)
        return
      case 'drop':
        void sleep(disturbed.ms).then(() => destroy(connection))
        return
      case 'cut':
        if (!isAnswer || ++connection.answers % disturbed.oneIn !== 0) to.write(chunk)
        else to.write(chunk.subarray(0, chunk.length >> 1), () => destroy(connection))
    }
  }

  const listener = createServer({ noDelay: true }, (client) => {
    const server = connect({ port: target, host: '127.0.0.1', noDelay: true })
    const connection: Connection = { client, server, firstBytes: undefined, answers: 0, swallowed: false, held: new Map() }
    connections.add(connection)
    client.on('data', (chunk) => {
      connection.firstBytes ??= chunk.toString('latin1', 0, 2_000)
      pass(connection, server, chunk, false)
    })
    server.on('data', (chunk) => pass(connection, client, chunk, true))
    for (const socket of [client, server]) {
      socket.on('error', () => destroy(connection)).on('close', () => {
        destroy(connection)
        connections.delete(connection)
      })
    }
  })
  const port = await freePort()
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port,
    disturb: (next, whom = () => true) => {
      disturbance = next
      concerns = whom
      // What was swallowed never arrives: its connection is of no more use.
      for (const connection of connections) if (connection.swallowed || concernsOf(connection)?.kind === 'drop') destroy(connection)
    },
    close: async () => {
      const closed = once(listener, 'close')
      listener.close()
      for (const connection of connections) destroy(connection)
      await closed
    }
  }
}
