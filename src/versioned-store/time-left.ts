import { defaultGroupLimits } from './group-commit.js'
import { ReadFailed } from './shared-finds.js'

const leftMs = (since: number): number => Math.floor(since + defaultGroupLimits.answerMs - performance.now())

/**
 * What is left of the time in which a request that reads has its answer, as the limit of one command
 * (https://www.mongodb.com/docs/manual/reference/command/find/): however many reads it takes, all of them end together.
 * `since`: when the request came, on the clock of `performance.now()`. Throws `ReadFailed` where nothing is left.
 */
export const timeLeft = (since: number): { readonly maxTimeMS: number } => {
  const maxTimeMS = leftMs(since)
  if (maxTimeMS < 1) throw new ReadFailed('unreachable')
  return { maxTimeMS }
}

/** What `work` gives, or else what `late` gives, or throws, after so many ms. */
export const within = async <T>(ms: number, work: Promise<T>, late: () => T): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<void>((resolve) => { timer = setTimeout(resolve, Math.max(0, ms)) }).then(late)
  try {
    return await Promise.race([work, end])
  } finally {
    clearTimeout(timer)
  }
}

/** The same as `timeLeft` for reads whose database may not keep to its limits: `ReadFailed` when the time is up, whatever they are at. */
export const inTime = async <T>(since: number, read: () => Promise<T>): Promise<T> => {
  const { maxTimeMS } = timeLeft(since)
  return await within(maxTimeMS, read(), () => { throw new ReadFailed('unreachable') })
}

/**
 * From when on the time counts for what the reply to a write reads: from `since`, when its request came, unless that time is up since an
 * answer to the write was lost, which may take longer.
 */
export const readsSince = (since: number): number => leftMs(since) < 1 ? performance.now() : since
