import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyRequest } from 'fastify'
import type { Position } from './event-id.js'
import { commentText } from './event-text.js'
import type { Streamed } from './change-stream.js'

/** Which changes a subscriber asked for. */
export interface Subscription {
  /** The collection of the resource. */
  readonly collection: string
  /** One document; undefined for all. */
  readonly id?: string | undefined
  /** Only updates that change one of these members of a document; undefined for all. Creations and deletes are always told. */
  readonly fields?: ReadonlySet<string> | undefined
  /** In which document one is, and under which name; undefined for who doesn't say. */
  readonly presence?: { readonly id: string, readonly name: string } | undefined
  readonly request: FastifyRequest
}

/** How long a subscriber that was cut off may take to read what it was sent, in ms. */
const mostLingerMs = 10_000
/** How often is looked whether a subscriber has read what it was sent, in ms. */
const drainedEveryMs = 10

const firstMember = (pointer: string): string => (pointer.split('/', 2)[1] ?? '').replaceAll('~1', '/').replaceAll('~0', '~')

/**
 * One client that listens. What it hasn't read is bounded: if that is more than `maxBytes`, it is cut off, and can come again with
 * the last id that it has read.
 */
export class Subscriber {
  /** What is sent. */
  readonly body: Readable
  /** Changes up to here are not for it: it has them, or came after them. */
  after: Position | undefined
  #ended = false
  readonly #output: ServerResponse
  readonly #maxBytes: number

  /** @param output what `body` is written to */
  constructor (readonly subscription: Subscription, output: ServerResponse, maxBytes: number) {
    this.#output = output
    this.#maxBytes = maxBytes
    this.body = new Readable({ read: () => undefined })
    this.body.once('close', () => { this.#ended = true })
  }

  /** Whether nothing can be sent any more. */
  get ended (): boolean { return this.#ended }

  /** Bytes that wait for the client to read them. */
  get waiting (): number { return this.body.readableLength + this.#output.writableLength }

  /** Whether so little waits that more can be sent. */
  get hasRoom (): boolean { return this.waiting <= this.#maxBytes / 2 }

  /** Whether it asked for a change, and hasn't had it. */
  wants ({ collection, change, position }: Streamed): boolean {
    const { subscription: { collection: asked, id, fields } } = this
    if (collection !== asked || (this.after !== undefined && position <= this.after)) return false
    if (change === undefined) return true
    if (id !== undefined && id !== change.id) return false
    return fields === undefined || change.changed.some((pointer) => pointer === '' || fields.has(firstMember(pointer)))
  }

  /** Sends text, or cuts it off if that were too much. */
  send (text: Buffer): void {
    if (this.#ended) return
    if (this.waiting + text.length > this.#maxBytes) this.end(`too slow: ${this.waiting} bytes wait to be read; come again with the last id`)
    else this.body.push(text)
  }

  /** Resolves when there is room for more, or nothing can be sent any more. */
  async drained (): Promise<void> {
    while (!this.#ended && !this.hasRoom) await sleep(drainedEveryMs)
  }

  /** Ends the stream with a comment that says why. What isn't read within `lingerMs` is dropped with the connection. */
  end (reason: string, lingerMs = mostLingerMs): void {
    if (this.#ended) return
    this.#ended = true
    this.body.push(commentText(reason))
    this.body.push(null)
    const timer = setTimeout(() => this.#output.destroy(), lingerMs)
    this.#output.once('close', () => clearTimeout(timer))
  }
}
