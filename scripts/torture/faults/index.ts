import { clientLinks } from './client-links.js'
import { clockJump } from './clock-jump.js'
import type { Fault } from './fault.js'
import { killAll } from './kill-all.js'
import { killInstance } from './kill-instance.js'
import { killPrimary } from './kill-primary.js'
import { memberLinks } from './member-links.js'
import { partition } from './partition.js'
import { pausePrimary } from './pause-primary.js'
import { pauseSecondary } from './pause-secondary.js'
import { slowReplication } from './slow-replication.js'
import { stepDown } from './step-down.js'

/** Every kind of fault, by its name on the command line. */
export const faults = {
  'kill-primary': killPrimary,
  'pause-primary': pausePrimary,
  'pause-secondary': pauseSecondary,
  'step-down': stepDown,
  partition,
  'slow-replication': slowReplication,
  'kill-all': killAll,
  'member-links': memberLinks,
  'client-links': clientLinks,
  'kill-instance': killInstance,
  'clock-jump': clockJump
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof faults

export const faultNames = Object.keys(faults) as FaultName[]
