/** Everything that can be measured, in the order in which it takes its turn. */
export const contenderNames = ['raw', 'no-database', 'naive', 'mongoose', 'eve', 'ours', 'ours-history', 'ours-merging', 'ours-single', 'ours-cold', 'ours-linearizable', 'ours-production', 'ours-baseline'] as const

export type ContenderName = typeof contenderNames[number]

/** What each contender is, for tables. */
export const contenderLabels: Readonly<Record<ContenderName, string>> = {
  raw: 'raw driver, bare loop, no HTTP',
  'no-database': 'Fastify, no database',
  naive: 'Express + Mongoose, find-compare-save',
  mongoose: 'Express + Mongoose, optimisticConcurrency',
  eve: 'Eve + gunicorn',
  ours: 'noclobber',
  'ours-history': 'noclobber, HISTORY_LIMIT=50',
  'ours-merging': 'noclobber, a resource of 20 fields',
  'ours-single': 'noclobber, STORE_MODE=single',
  'ours-cold': 'noclobber, KEPT_BYTES=0',
  'ours-linearizable': 'noclobber, READ_CONCERN=linearizable',
  'ours-production': 'noclobber, log, limits, headers and metrics on',
  'ours-baseline': 'noclobber, the other build'
}
