import type { Random } from '../../load/random.js'
import type { ReplicaSet } from '../replica-set.js'
import type { ServiceInstance } from '../service-instance.js'

/** What can be made to fail. */
export interface Arena {
  readonly set: ReplicaSet
  readonly instances: readonly ServiceInstance[]
}

/** A kind of fault. */
export interface Fault {
  /** How long one lasts, in ms: at least and at most. */
  readonly lasts: readonly [number, number]
  /** What it takes hold of: two faults of one hold are never at work at once. */
  readonly holds: readonly ('members' | 'member links' | 'client links' | 'instances' | 'clocks' | 'elections')[]
  /** Whether it can leave a primary that doesn't know that it was deposed. */
  readonly deposes: boolean
  /**
   * Does it, waits `ms`, and undoes it. What it draws from `random` is the same for the same seed, whatever it finds. Says what
   * it met.
   */
  inject(arena: Arena, ms: number, random: Random): Promise<string>
}
