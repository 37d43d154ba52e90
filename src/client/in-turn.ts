import { abortable } from './abortable.js'

/** Runs `work` when all that came before it under the same key has ended. What is aborted while it waits never runs. */
export type InTurn = <R>(key: string, work: () => Promise<R>, signal: AbortSignal | undefined) => Promise<R>

/** Makes turns of their own for each key. */
export const createTurns = (): InTurn => {
  const last = new Map<string, Promise<unknown>>()
  return (key, work, signal) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(() => {
      signal?.throwIfAborted()
      return work()
    })
    const ended: Promise<unknown> = turn.then(() => undefined, () => undefined).then(() => {
      if (last.get(key) === ended) last.delete(key)
    })
    last.set(key, ended)
    return abortable(turn, signal)
  }
}
