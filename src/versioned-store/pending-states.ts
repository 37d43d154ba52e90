import type { Base } from './step.js'
import { versionOf, type Stored } from './stored-form.js'

/** States that are each built on the one before it, of statements that are on their way. `last` is the newest of them. */
export interface Line<C> {
  last: Stored<C>
}

/**
 * What documents become when the statements that are on their way are done: the next write on a document that takes whatever
 * version it finds is built on that, and sent in order behind it, so that many writes on one document can share a command. If a
 * statement is not done after all, those that were built on it are refused, since each is conditional on the write before it.
 */
export class PendingStates<C> {
  readonly #lines = new Map<string, Line<C>>()

  /** The base for a write: the pending state, where it is later than `base`. */
  after (id: string, base: Base<C> | undefined): Base<C> | undefined {
    const stored = this.#lines.get(id)?.last
    if (stored === undefined || (base?.stored !== undefined && versionOf(base.stored.current) >= versionOf(stored.current))) return base
    return { stored, confirmed: false, pending: true }
  }

  /**
   * A statement is sent that makes `next` of `base`: it goes on the line that it is built on, or begins one where there is none
   * that is as late. Undefined where it forks from a line that goes on without it.
   */
  begin (id: string, base: Stored<C> | undefined, next: Stored<C>): Line<C> | undefined {
    if (next.current.kind !== 'document') return undefined
    const line = this.#lines.get(id)
    if (line !== undefined && line.last === base) {
      line.last = next
      return line
    }
    if (line !== undefined && versionOf(line.last.current) > versionOf(base?.current ?? { kind: 'missing' })) return undefined
    const begun = { last: next }
    this.#lines.set(id, begun)
    return begun
  }

  /** The statement that made `next`, or was to, is no longer on its way. What was built on one that wasn't `done` can't be done. */
  end (id: string, line: Line<C> | undefined, next: Stored<C> | undefined, done: boolean): void {
    if (line !== undefined && this.#lines.get(id) === line && (!done || line.last === next)) this.#lines.delete(id)
  }
}
