import { connect, type Socket } from 'node:net'
import { once } from 'node:events'

/** A reply, no further read than the load needs it. */
export interface Reply {
  readonly status: number
  /** As the header has it, quotes included. */
  readonly etag: string | undefined
  readonly body: Buffer
}

interface Pending { resolve(reply: Reply): void, reject(error: Error): void }

const endOfHead = Buffer.from('\r\n\r\n')
const nothing = Buffer.alloc(0)
const bodiless = new Set([204, 304])

/** How many bytes the reply at the start of `bytes` takes, and the reply; undefined where it isn't whole yet. */
export const readReply = (bytes: Buffer): { readonly reply: Reply, readonly length: number } | undefined => {
  const headLength = bytes.indexOf(endOfHead)
  if (headLength < 0) return undefined
  const head = bytes.toString('latin1', 0, headLength)
  const status = Number(head.slice(9, 12))
  const contentLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (contentLength === undefined && !bodiless.has(status)) throw new Error(`a reply without Content-Length can't be read:\n${head}`)
  const start = headLength + 4
  const length = start + (bodiless.has(status) ? 0 : Number(contentLength))
  if (bytes.length < length) return undefined
  return { length, reply: { status, etag: /\r\netag: *([^\r]+)/i.exec(head)?.[1], body: bytes.subarray(start, length) } }
}

/**
 * One HTTP/1.1 connection that is kept open, with one request on it at a time. It reads of a reply only what a load needs, since
 * what it costs itself is taken from the servers on the same cores: no redirects, no chunks, no headers but ETag.
 */
export class HttpConnection {
  readonly #socket: Socket
  #unread: Buffer = nothing
  #pending: Pending | undefined

  private constructor (socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#read(chunk))
    socket.on('error', (error) => this.#fail(error))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
  }

  static async open ({ hostname, port }: URL): Promise<HttpConnection> {
    const socket = connect(Number(port), hostname)
    await once(socket, 'connect')
    return new HttpConnection(socket)
  }

  /** Sends a request, which must be ASCII, and waits for its reply. The body of the reply may be read only until the next request. */
  send (request: string): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      this.#socket.write(request, 'latin1')
    })
  }

  close (): void {
    this.#pending = undefined
    this.#socket.destroy()
  }

  #read (chunk: Buffer): void {
    const bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk])
    try {
      const read = readReply(bytes)
      this.#unread = read === undefined ? bytes : nothing
      if (read === undefined) return
      if (read.length < bytes.length) throw new Error('more came than the reply')
      const pending = this.#pending
      this.#pending = undefined
      pending?.resolve(read.reply)
    } catch (error) {
      this.#fail(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #fail (error: Error): void {
    this.#pending?.reject(error)
    this.#pending = undefined
  }
}
