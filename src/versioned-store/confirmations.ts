import { guardOf } from './guard.js'
import type { Settled } from './settle.js'
import type { Stored } from './stored-form.js'

interface Confirmation<C> {
  readonly begunAt: number
  readonly settled: Promise<Settled<C>>
}

/**
 * Confirmations that are on their way: of many who wait to be told that a state is the current one, one asks the database. Nobody
 * is told by one that was begun before they came, since it may not have seen what was done until then.
 */
export class Confirmations<C> {
  readonly #onTheirWay = new Map<string, Confirmation<C>>()

  /** The confirmation of a state for who came at `since`, on the clock of `performance.now()`; `confirm` asks for it where none will do. */
  of (id: string, stored: Stored<C> | undefined, since: number, confirm: () => Promise<Settled<C>>): Promise<Settled<C>> {
    const key = JSON.stringify([id, guardOf(stored)])
    const known = this.#onTheirWay.get(key)
    if (known !== undefined && known.begunAt >= since) return known.settled
    const begun: Confirmation<C> = {
      begunAt: performance.now(),
      settled: confirm().finally(() => { if (this.#onTheirWay.get(key) === begun) this.#onTheirWay.delete(key) })
    }
    this.#onTheirWay.set(key, begun)
    return begun.settled
  }
}
