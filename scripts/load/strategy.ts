import { LoadError } from './load-error.js'

/**
 * What an editor does when its write is refused with 409 or 412.
 * - `refetch`: reads the document again and makes its edit on that.
 * - `from-409`: makes its edit on the `current` document of the refusal, where it has one; else as `refetch`.
 * - `merge`: asks the server to merge (`Prefer: conflict=merge`); where it refuses nevertheless, as `from-409`.
 * - `client`: leaves it to `edit` of `noclobber/client`, with all that it sends in between.
 * - `give-up`: drops its edit.
 */
export const strategies = ['refetch', 'from-409', 'merge', 'client', 'give-up'] as const

export type Strategy = typeof strategies[number]

const isStrategy = (text: string): text is Strategy => strategies.some((strategy) => strategy === text)

/**
 * One strategy, or a mix by weight such as `refetch:3,give-up:1`, as the list that editors take theirs from in turn:
 * `refetch, refetch, refetch, give-up`. Throws LoadError for an unknown strategy or a weight that isn't 1 to 100.
 */
export const parseStrategies = (text: string): readonly Strategy[] => text.split(',').flatMap((part) => {
  const [name = '', weight = '1'] = part.split(':')
  if (!isStrategy(name)) {
    throw new LoadError(`--strategy ${text}: there is no strategy ${JSON.stringify(name)}: give ${strategies.join(', ')}, or a mix such as refetch:3,give-up:1`)
  }
  if (!/^[1-9]\d?$|^100$/.test(weight)) throw new LoadError(`--strategy ${text}: the weight of ${name} is 1 to 100`)
  return Array.from<Strategy>({ length: Number(weight) }).fill(name)
})
