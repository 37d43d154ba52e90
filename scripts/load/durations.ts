import { LoadError } from './load-error.js'

/** From `min` to `max`, both in milliseconds. */
export interface TimeRange { readonly min: number, readonly max: number }

const unitMs = { ms: 1, s: 1000, m: 60_000 } as const

/** Milliseconds of `10s`, `500ms`, `2m` or a bare number of milliseconds; throws LoadError, naming `flag`. */
export const parseDuration = (text: string, flag: string): number => {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text)
  const unit = match?.[2] ?? 'ms'
  if (match === null || !(unit === 'ms' || unit === 's' || unit === 'm')) {
    throw new LoadError(`${flag} ${text}: give a time such as 500ms, 10s or 2m`)
  }
  return Number(match[1]) * unitMs[unit]
}

/** The range of `0..50ms`, `1s..2s` or of one time, which is then both ends; throws LoadError, naming `flag`. */
export const parseTimeRange = (text: string, flag: string): TimeRange => {
  const [low = '', high = low, ...more] = text.split('..')
  const unit = /[a-z]+$/.exec(high)?.[0] ?? ''
  const min = parseDuration(/[a-z]$/.test(low) ? low : low + unit, flag)
  const max = parseDuration(high, flag)
  if (more.length > 0 || min > max) throw new LoadError(`${flag} ${text}: give a range such as 0..50ms`)
  return { min, max }
}
