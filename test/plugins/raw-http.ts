import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'

export interface RawReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** An open connection to a listening app. */
export const openSocket = async (app: FastifyInstance): Promise<Socket> => {
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('The app does not listen on a port')
  const socket = connect(address.port, address.address)
  await once(socket, 'connect')
  return socket
}

/** All that the service sends until it closes the connection, as replies. */
export const readUntilClosed = async (socket: Socket): Promise<RawReply[]> => {
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  await once(socket, 'close')
  return parseReplies(Buffer.concat(chunks).toString('latin1'))
}

/** Sends bytes over a connection of their own, and reads until the service closes it. */
export const exchange = async (app: FastifyInstance, bytes: string): Promise<RawReply[]> => {
  const socket = await openSocket(app)
  socket.write(bytes, 'latin1')
  return readUntilClosed(socket)
}

const parseReplies = (text: string): RawReply[] => {
  if (text === '') return []
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  const bodyEnd = end + 4 + Number(headers['content-length'] ?? 0)
  return [{ status: Number(statusLine.split(' ')[1]), headers, body: text.slice(end + 4, bodyEnd) }, ...parseReplies(text.slice(bodyEnd))]
}
