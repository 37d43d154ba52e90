import { findingNames } from './finding.js'
import { verdictLine, type Latency, type Summary } from './summary.js'

/** How many findings of a kind are written out; `--json` has them all. */
const shownOfKind = 5

const time = (ms: number): string => ms >= 1000 ? `${(ms / 1000).toFixed(2)} s` : `${ms >= 100 ? ms.toFixed(0) : ms.toFixed(1)} ms`

const latencyLine = (name: string, { p50, p95, p99, max }: Latency): string =>
  `  ${name.padEnd(7)}p50 ${time(p50)}, p95 ${time(p95)}, p99 ${time(p99)}, max ${time(max)}`

/** What a run came to, for people: the numbers, then each finding by name, then the verdict. */
export const reportText = (summary: Summary): string => {
  const { edits, retries, latency, fairness, findings } = summary
  const left = [
    ...(edits['gave-up'] > 0 ? [`${edits['gave-up']} given up`] : []),
    ...(edits.unfinished > 0 ? [`${edits.unfinished} unfinished at the end`] : []),
    ...(edits.unknown > 0 ? [`${edits.unknown} of unknown outcome`] : []),
    ...(edits['found-applied'] > 0 ? [`${edits['found-applied']} refused, yet found in the document`] : [])
  ]
  const kinds = Object.entries(findingNames).flatMap(([kind, name]) => {
    const all = findings.filter((finding) => finding.kind === kind)
    if (all.length === 0) return []
    const more = all.length > shownOfKind ? [`  and ${all.length - shownOfKind} more ${name}: --json FILE has them all`] : []
    return [...all.slice(0, shownOfKind).map(({ sentence }) => `  ${sentence}`), ...more]
  })
  return [
    `${summary.target}: ${summary.editing.editors} editors, ${summary.seconds.toFixed(1)} s`,
    `  edits acknowledged ${edits.acknowledged} (${summary.editsPerSecond.toFixed(1)}/s)${left.length > 0 ? `; ${left.join(', ')}` : ''}`,
    `  conflicts ${summary.conflicts}; retries per edit: mean ${retries.mean.toFixed(2)}, p95 ${retries.p95}, max ${retries.max}`,
    `  requests per acknowledged edit ${summary.requestsPerEdit.toFixed(2)}${summary.notApplied + summary.failedReads > 0 ? `; ${summary.notApplied} writes put off by the API, ${summary.failedReads} reads failed` : ''}`,
    latencyLine('read', latency.read),
    latencyLine('write', latency.write),
    `${latencyLine('edit', latency.edit)}${latency.corrected ? ' (from when it was due)' : ''}`,
    `  edits by editor: slowest ${fairness.slowest}, fastest ${fairness.fastest}`,
    ...kinds,
    `  ${findings.length > 0 ? 'FAILED' : 'ok'}: ${verdictLine(summary)}`
  ].join('\n')
}

const columns: readonly (readonly [string, (summary: Summary) => string])[] = [
  ['server', ({ target }) => target],
  ['edits/s', ({ editsPerSecond }) => editsPerSecond.toFixed(0)],
  ['acknowledged', ({ edits }) => String(edits.acknowledged)],
  ['lost', ({ found }) => String(found.lost)],
  ['conflicts', ({ conflicts }) => String(conflicts)],
  ['requests/edit', ({ requestsPerEdit }) => requestsPerEdit.toFixed(1)],
  ['edit p50', ({ latency }) => time(latency.edit.p50)],
  ['edit p99', ({ latency }) => time(latency.edit.p99)],
  ['write p99', ({ latency }) => time(latency.write.p99)],
  ['verdict', ({ findings }) => findings.length === 0 ? 'ok' : 'FAILED']
]

/** Runs side by side, as a Markdown table. */
export const comparisonTable = (summaries: readonly Summary[]): string => {
  const rows = [columns.map(([name]) => name), ...summaries.map((summary) => columns.map(([, show]) => show(summary)))]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [head = [], ...body] = rows
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n')
}
