import { percentile } from './statistics.js'
import type { WorkerSample } from './sample.js'

/** Counts and times the requests of one run. */
export class Latencies {
  readonly #began = performance.now()
  readonly #ms: number[] = []
  #done = 0

  /** One request that was sent at `since` (of `performance.now()`) and is answered now; `counts` unless it is only on the way to what is measured. */
  add (since: number, counts = true): void {
    this.#ms.push(performance.now() - since)
    if (counts) this.#done++
  }

  /** All of them, at the end of the run. */
  sample (): WorkerSample {
    const seconds = (performance.now() - this.#began) / 1000
    const sorted = Float64Array.from(this.#ms).sort()
    return { done: this.#done, seconds, p50: percentile(sorted, 50), p99: percentile(sorted, 99) }
  }
}
