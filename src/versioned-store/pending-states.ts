import type { Base } from './step.js'
import { versionOf, type Stored } from './stored-form.js'

/** A state that a statement which is on its way makes. */
export interface PendingState<C> {
  readonly stored: Stored<C>
  /**
   * Resolves when the statement is no longer on its way: to when it was sent, on the clock of `performance.now()` (-Infinity where
   * that isn't known), or to undefined where it was not done.
   */
  readonly arrives: Promise<number | undefined>
}

/** A pending state while its statement is on its way. */
interface OnItsWay<C> extends PendingState<C> {
  readonly resolve: (sentAt: number | undefined) => void
}

/** States that are each built on the one before it, of statements that are on their way. `last` is the newest of them. */
interface Line<C> {
  last: OnItsWay<C>
}

/** What `begin` gives, for `end`. */
export interface Begun<C> {
  readonly line: Line<C>
  readonly state: OnItsWay<C>
}

const onItsWay = <C>(stored: Stored<C>): OnItsWay<C> => {
  let resolve: OnItsWay<C>['resolve'] = () => undefined
  const arrives = new Promise<number | undefined>((settle) => { resolve = settle })
  return { stored, arrives, resolve }
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
    const last = this.#lines.get(id)?.last
    if (last === undefined || (base?.stored !== undefined && versionOf(base.stored.current) >= versionOf(last.stored.current))) return base
    return { stored: last.stored, confirmed: false, pending: last }
  }

  /**
   * A statement is sent that makes `next` of `base`: it goes on the line that it is built on, or begins one where there is none
   * that is as late. Undefined where it forks from a line that goes on without it.
   */
  begin (id: string, base: Stored<C> | undefined, next: Stored<C>): Begun<C> | undefined {
    if (next.current.kind !== 'document') return undefined
    const line = this.#lines.get(id)
    const state = onItsWay(next)
    if (line !== undefined && line.last.stored === base) {
      line.last = state
      return { line, state }
    }
    if (line !== undefined && versionOf(line.last.stored.current) > versionOf(base?.current ?? { kind: 'missing' })) return undefined
    const begun = { last: state }
    this.#lines.set(id, begun)
    return { line: begun, state }
  }

  /** The statement that made the state, or was to, is no longer on its way: `sentAt` is what `arrives` resolves to. What was built on one that wasn't done can't be done. */
  end (id: string, { line, state }: Begun<C>, sentAt: number | undefined): void {
    if (this.#lines.get(id) === line && (sentAt === undefined || line.last === state)) this.#lines.delete(id)
    state.resolve(sentAt)
  }
}
