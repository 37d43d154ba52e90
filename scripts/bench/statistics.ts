/** The middle of some numbers: of an even count, the mean of the two in the middle. NaN of none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted.length >> 1
  const low = sorted[sorted.length % 2 === 0 ? upper - 1 : upper] ?? NaN
  return (low + (sorted[upper] ?? NaN)) / 2
}

/** How far the values lie apart, as a share of their median: half of the range. 0 of one value. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / 2 / median(values)

/** The value that `percent` percent of the values are at or below (nearest rank). `sorted` must be in ascending order. */
export const percentile = (sorted: ArrayLike<number>, percent: number): number =>
  sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] ?? NaN

/** The median of the ratios a/b of those rounds that both have: what disturbs a round disturbs both of its sides. NaN where there are none. */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number =>
  median(a.slice(0, b.length).map((value, round) => value / (b[round] ?? NaN)).filter(Number.isFinite))
