import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { BSON, type Document } from 'mongodb'
import type { Test } from 'tap'

/** What happens to one command on its way to mongod and back. */
export interface Fault {
  /** Runs when the command has come, before mongod gets it. */
  readonly before?: () => Promise<unknown>
  /** Runs when mongod has answered; the client gets what it gives back. */
  readonly answered?: (answer: Document) => Promise<Document>
  /** What is cut off, and the connection with it: the command on its way to mongod, the answer, or the answer in its middle. */
  readonly cut?: 'command' | 'answer' | 'half-answer'
}

export interface CuttingProxy {
  readonly uri: string
  /** Every command that came, but for those that the driver sends for itself. */
  readonly commands: Document[]
  /** The fault of the next command of this name that has none yet. Resolves with that command once the fault is over. */
  next(name: string, fault: Fault): Promise<Document>
  /** The same for each command of this name from now on, until what it gives back is called. */
  each(name: string, fault: Fault): () => void
  /** From now on nothing can be reached here. */
  close(): Promise<void>
}

interface Planned {
  readonly name: string
  readonly fault: Fault
  readonly over: (command: Document) => void
}

const headerBytes = 16
const opMsg = 2013
const ownCommands = new Set(['hello', 'ismaster', 'ping', 'endSessions'])

/** The messages of a socket, whole (https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/). */
async function * messagesOf (socket: Socket): AsyncGenerator<Buffer> {
  let buffer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    buffer = Buffer.concat([buffer, chunk])
    while (buffer.length >= headerBytes && buffer.length >= buffer.readInt32LE(0)) {
      yield buffer.subarray(0, buffer.readInt32LE(0))
      buffer = buffer.subarray(buffer.readInt32LE(0))
    }
  }
}

/** The document of an OP_MSG of one section; undefined for another message. */
const bodyOf = (message: Buffer): Document | undefined =>
  message.readInt32LE(12) === opMsg && message[headerBytes + 4] === 0 ? BSON.deserialize(message.subarray(headerBytes + 5), { promoteLongs: false }) : undefined

const withBody = (message: Buffer, body: Document): Buffer => {
  const changed = Buffer.concat([message.subarray(0, headerBytes + 5), BSON.serialize(body)])
  changed.writeInt32LE(changed.length, 0)
  return changed
}

/** A proxy in front of a mongod that fails as networks do, just when a test says so. It ends with the test. */
export const startCuttingProxy = async (t: Test, mongodUri: string): Promise<CuttingProxy> => {
  const { hostname, port } = new URL(mongodUri)
  const commands: Document[] = []
  let planned: Planned[] = []
  const standing = new Set<Planned>()
  const sockets = new Set<Socket>()

  const takePlanned = (name: string): Planned | undefined => {
    const found = planned.find((plan) => plan.name === name)
    planned = planned.filter((plan) => plan !== found)
    return found ?? [...standing].find((plan) => plan.name === name)
  }

  const pass = async (client: Socket, server: Socket): Promise<void> => {
    const close = () => { client.destroy(); server.destroy() }
    const open = new Map<number, { plan: Planned, command: Document }>()
    const toServer = async () => {
      for await (const message of messagesOf(client)) {
        const command = bodyOf(message)
        const name = Object.keys(command ?? {})[0] ?? ''
        if (command !== undefined && !ownCommands.has(name)) commands.push(command)
        const plan = takePlanned(name)
        if (plan !== undefined && command !== undefined) {
          await plan.fault.before?.()
          if (plan.fault.cut === 'command') { close(); plan.over(command); return }
          open.set(message.readInt32LE(4), { plan, command })
        }
        server.write(message)
      }
    }
    const toClient = async () => {
      for await (const message of messagesOf(server)) {
        const answered = open.get(message.readInt32LE(8))
        if (answered === undefined) { client.write(message); continue }
        const { plan: { fault, over }, command } = answered
        const answer = bodyOf(message)
        const given = fault.answered && answer ? withBody(message, await fault.answered(answer)) : message
        if (fault.cut === undefined) client.write(given)
        else if (fault.cut === 'half-answer') client.write(given.subarray(0, given.length >> 1), close)
        else close()
        over(command)
      }
    }
    await Promise.allSettled([toServer().finally(() => server.end()), toClient().finally(() => client.destroy())])
    close()
  }

  const listener = createServer((client) => {
    const server = connect(Number(port), hostname)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket))
    }
    void pass(client, server)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const close = async () => {
    const closed = once(listener, 'close')
    listener.close()
    for (const socket of sockets) socket.destroy()
    await closed
  }
  t.teardown(() => listener.listening ? close() : undefined)
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP listener has a port')
  return {
    uri: `mongodb://127.0.0.1:${address.port}/?directConnection=true`,
    commands,
    next: (name, fault) => new Promise((resolve) => planned.push({ name, fault, over: resolve })),
    each: (name, fault) => {
      const plan = { name, fault, over: () => undefined }
      standing.add(plan)
      return () => standing.delete(plan)
    },
    close
  }
}
