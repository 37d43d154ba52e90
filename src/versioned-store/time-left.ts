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

/** The same for reads whose database may not keep to its limits: `ReadFailed` when the time is up, whatever they are at. */
export const inTime = async <T>(since: number, read: () => Promise<T>): Promise<T> => {
  const { maxTimeMS } = timeLeft(since)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => { timer = setTimeout(() => reject(new ReadFailed('unreachable')), maxTimeMS) })
  try {
    return await Promise.race([read(), late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * From when on the time counts for what the reply to a write reads: from `since`, when its request came, unless that time is up since an
 * answer to the write was lost, which may take longer.
 */
export const readsSince = (since: number): number => leftMs(since) < 1 ? performance.now() : since
