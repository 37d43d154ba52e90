import type { ContenderName } from './contender-names.js'

/**
 * What is measured.
 * - `PUT`, `PATCH`, `POST`, `GET`: accepted requests; each connection has documents of its own, so that nothing conflicts.
 * - `304`: a GET with the current entity-tag in If-None-Match.
 * - `stale`: a PUT with the entity-tag of the version before.
 * - `hot-refetch`, `hot-from-409`: all connections edit one document, without a pause. An editor reads before each try, or takes
 *   the version from its last reply, also from the 409.
 * - `alone`: PUT on one connection.
 */
export const measureNames = ['PUT', 'PATCH', 'POST', 'GET', '304', 'stale', 'hot-refetch', 'hot-from-409', 'alone'] as const

export type MeasureName = typeof measureNames[number]

/** The heading of each measure's column. */
export const measureLabels: Readonly<Record<MeasureName, string>> = {
  PUT: 'PUT', PATCH: 'PATCH', POST: 'POST', GET: 'GET', 304: 'GET, 304', stale: 'stale PUT',
  'hot-refetch': 'hot document, refetch', 'hot-from-409': 'hot document, from the 409', alone: 'PUT, 1 connection'
}

/** Connections at once. */
export const connectionsOf = (measure: MeasureName): number => measure === 'alone' ? 1 : 32

const ofLimits: Partial<Record<ContenderName, readonly MeasureName[]>> = {
  raw: ['PUT', 'POST', 'GET'],
  'no-database': ['PUT', 'POST', 'GET', '304'],
  // Its 412 has no body to take a version from.
  eve: ['PUT', 'PATCH', 'POST', 'GET', '304', 'stale', 'hot-refetch']
}

/** Whether a contender takes part in a measure. */
export const takesPart = (contender: ContenderName, measure: MeasureName): boolean =>
  measure === 'alone' ? contender.startsWith('ours') : ofLimits[contender]?.includes(measure) ?? true
