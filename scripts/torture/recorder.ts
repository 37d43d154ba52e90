import type { Exchange } from './api.js'
import type { Call, Operation, Result, Violation } from './history.js'
import type { Hold, KeyedCreation, LedgerLine } from './record.js'

/** Exchanges that took so many ms are kept. */
const slowMs = 2_500
/** No request of a client is malformed, and none is ever a 500. */
const expectedStatuses = new Set([200, 201, 204, 304, 404, 409, 410, 503])

/** Takes down what clients do, as it happens. */
export class Recorder {
  readonly #begun = performance.now()
  readonly operations: Operation[] = []
  readonly lines: LedgerLine[] = []
  readonly creations: KeyedCreation[] = []
  readonly holds: Hold[] = []
  readonly found: (Violation & { readonly at: number })[] = []
  readonly slow: Exchange[] = []
  exchanges = 0
  #marks = 0

  /** The time of the run, in ms. */
  readonly clock = (): number => Math.round((performance.now() - this.#begun) * 1_000) / 1_000

  readonly noted = (exchange: Exchange): void => {
    this.exchanges++
    if (exchange.end - exchange.start >= slowMs) this.slow.push(exchange)
    if (exchange.status !== undefined && !expectedStatuses.has(exchange.status)) this.find({ name: 'unexpected-status', sentence: `${exchange.request} was answered ${exchange.status}` })
  }

  /** Something wrong in a single reply, or several to one key. */
  find (violation: Violation): void {
    this.found.push({ ...violation, at: this.clock() })
  }

  /** A text that nobody has used before. */
  mark (): string {
    return (this.#marks++).toString(36)
  }

  /** Takes down one operation, from its call to its result. `instance`: which process was asked, where it was one. */
  async record (client: number, document: string, call: Call, perform: () => Promise<Result>, instance?: number): Promise<Result> {
    const start = this.clock()
    const result = await perform()
    this.operations.push({ id: this.operations.length, client, document, call, start, end: this.clock(), result, ...(instance !== undefined && { instance }) })
    return result
  }
}
