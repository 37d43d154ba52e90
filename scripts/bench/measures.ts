import type { ContenderName } from './contender-names.js'

/**
 * What is measured.
 * - `PUT`, `PATCH`, `POST`, `GET`: accepted requests; each connection has documents of its own, so that nothing conflicts.
 * - `304`: a GET with the current entity-tag in If-None-Match.
 * - `stale`: a PUT with the entity-tag of the version before.
 * - `hot-refetch`, `hot-from-409`: all connections edit one document, without a pause. An editor reads before each try, or takes
 *   the version from its last reply, also from the 409.
 * - `PUT-100k`: PUT of about 100 kB, of which the edit changes the title, as it does in `PUT`.
 * - `hot-merge`: 64 connections edit one document of 20 fields, each one field, so that three or four share one, with
 *   `Prefer: conflict=merge`; an editor whose edit is refused makes it again with the version that the 409 names.
 * - `alone`: PUT on one connection.
 */
export const measureNames = ['PUT', 'PUT-100k', 'PATCH', 'POST', 'GET', '304', 'stale', 'hot-refetch', 'hot-from-409', 'hot-merge', 'alone'] as const

export type MeasureName = typeof measureNames[number]

/** The heading of each measure's column. */
export const measureLabels: Readonly<Record<MeasureName, string>> = {
  PUT: 'PUT', 'PUT-100k': 'PUT, 100 kB', PATCH: 'PATCH', POST: 'POST', GET: 'GET', 304: 'GET, 304', stale: 'stale PUT',
  'hot-refetch': 'hot document, refetch', 'hot-from-409': 'hot document, from the 409', 'hot-merge': 'hot document of 20 fields, merged', alone: 'PUT, 1 connection'
}

/** Connections at once. */
export const connectionsOf = (measure: MeasureName): number => measure === 'alone' ? 1 : measure === 'hot-merge' ? 64 : 32

const ofLimits: Partial<Record<ContenderName, readonly MeasureName[]>> = {
  raw: ['PUT', 'PUT-100k', 'POST', 'GET'],
  'no-database': ['PUT', 'POST', 'GET', '304'],
  // Its 412 has no body to take a version from.
  eve: ['PUT', 'PATCH', 'POST', 'GET', '304', 'stale', 'hot-refetch'],
  'ours-history': ['PUT', 'PUT-100k'],
  'ours-merging': ['hot-merge'],
  // It changes nothing about writes.
  'ours-linearizable': ['GET', '304']
}

/** Who takes part in measures that aren't for all. */
const among: Partial<Record<MeasureName, readonly ContenderName[]>> = {
  'PUT-100k': ['raw', 'ours', 'ours-history'],
  'hot-merge': ['mongoose', 'ours-merging']
}

/** Whether a contender takes part in a measure. */
export const takesPart = (contender: ContenderName, measure: MeasureName): boolean =>
  (measure === 'alone' ? contender.startsWith('ours') : among[measure]?.includes(contender) ?? true) && (ofLimits[contender]?.includes(measure) ?? true)
