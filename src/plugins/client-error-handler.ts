import { ServerResponse, STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { ConnectionError, FastifyServerOptions } from 'fastify'
import { errors, type ProblemError } from '../errors.js'
import { problemDetails, problemHeaders } from './problem-reply.js'
import { MAX_URL_BYTES, urlTooLong } from './request-limits.js'

/**
 * The server option `clientErrorHandler`: what Node's HTTP parser refuses (https://nodejs.org/api/http.html#event-clienterror) is answered
 * with problem details, and the connection closed: 408 for a request that didn't arrive in time, 414 for a URL and 431 for a header section
 * over Node's limit (16 kB unless `maxHeaderSize` says otherwise), else 400.
 *
 * Where requests before it on the same connection are still running, their replies go first: it could be taken for one of them otherwise.
 */
export const clientErrorHandler: NonNullable<FastifyServerOptions['clientErrorHandler']> = (error, socket) => {
  if (error.code === 'ECONNRESET' || refused.has(socket)) return
  refused.add(socket)
  refuse(socket, problemOf(error))
}

/** A parser that has failed fails again on each packet that follows. */
const refused = new WeakSet<Socket>()

const refuse = (socket: Socket, problem: ProblemError): void => {
  const response = responseInProgress(socket)
  if (response?.req.complete === true && !socket.destroyed) {
    response.once('finish', () => refuse(socket, problem))
    return
  }
  if (!socket.writable || response?.headersSent === true) {
    socket.destroy()
    return
  }
  socket.end(rawReply(problem))
}

/** The response that the next bytes on this connection would belong to. Node keeps it there, and looks at it for the same purpose (`socketOnError` in lib/_http_server.js). */
const responseInProgress = (socket: Socket): ServerResponse | undefined => {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  return response instanceof ServerResponse ? response : undefined
}

const problemOf = ({ code, rawPacket }: ConnectionError): ProblemError => {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return errors.requestTimeout()
  if (code === 'HPE_HEADER_OVERFLOW') {
    return isUrlTooLong(rawPacket) ? urlTooLong() : errors.tooLarge({ status: 431, detail: 'The header section is larger than the service takes' })
  }
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return errors.tooLarge({ detail: 'The chunk extensions are larger than the service takes' })
  return errors.badRequest({ detail: 'The request is not HTTP/1.1 as RFC 9112 defines it' })
}

/** Whether the packet in which the limit was passed begins with a request line that is too long on its own. */
const isUrlTooLong = (rawPacket: unknown): boolean => {
  if (!Buffer.isBuffer(rawPacket)) return false
  const end = rawPacket.indexOf('\r\n')
  return /^[A-Z-]+ \//.test(rawPacket.toString('latin1', 0, 32)) && (end === -1 ? rawPacket.length : end) > MAX_URL_BYTES
}

/** Answers CONNECT, which makes a tunnel of the connection: there is none (RFC 9110 section 9.3.6). */
export const refuseConnect = (_request: IncomingMessage, socket: Duplex): void => {
  socket.on('error', () => socket.destroy())
  socket.end(rawReply(errors.methodNotAllowed({ detail: 'This is no proxy', headers: { allow: '' } })))
}

const rawReply = (problem: ProblemError): string => {
  const body = JSON.stringify(problemDetails(problem, undefined))
  const headers = { ...problemHeaders(problem), 'content-length': String(Buffer.byteLength(body)), connection: 'close', date: new Date().toUTCString() }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${problem.statusCode} ${STATUS_CODES[problem.statusCode] ?? ''}\r\n${lines.join('')}\r\n${body}`
}
