import type { RunRecord } from './record.js'
import type { Verdict } from './verdict.js'

/** How many violations of a name are written out. */
const shownOfName = 3
const shownCharacters = 900

const megabytes = (bytes: number): string => (bytes / 1_048_576).toFixed(0)
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

/** A verdict for people: the numbers, then what was broken, by name, then one line. */
export const reportText = (run: RunRecord, verdict: Verdict): string => {
  const { operations, violations, lazy, listening } = verdict
  const all = Object.values(operations).reduce((sum, count) => sum + count, 0)
  const injected = Object.values(verdict.faults).reduce((sum, count) => sum + count, 0)
  const names = [...new Set(violations.map(({ name }) => name))]
  const told = names.flatMap((name) => {
    const named = violations.filter((violation) => violation.name === name)
    return [
      ...named.slice(0, shownOfName).map(({ document, sentence }) => `  ${name}: ${document === undefined ? '' : `document ${document}: `}${sentence.slice(0, shownCharacters)}`),
      ...(named.length > shownOfName ? [`  and ${named.length - shownOfName} more ${name}`] : [])
    ]
  })
  return [
    `torture: ${run.seconds} s, seed ${run.seed}, reads ${run.readConcern}${run.plant === undefined ? '' : `, planted defect ${run.plant}`}`,
    `  operations ${all}: ok ${operations.ok}, refused ${operations.refused}, not applied ${operations['not-applied']}, unknown ${operations.unknown}; on ${verdict.documents} documents`,
    `  outside faults ${verdict.acknowledgedPerSecond.toFixed(0)} acknowledged/s; ${(100 * verdict.conflicts).toFixed(0)} % of the answered writes refused`,
    `  faults ${injected}: ${Object.entries(verdict.faults).map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`,
    `  subscribers ${listening.subscribers}: events ${listening.events}, reconnects ${listening.reconnects}, resyncs ${listening.resyncs}`,
    `  longest time without a successful write ${seconds(verdict.longestGapMs)}; checked in ${seconds(verdict.checkMs)}`,
    ...(run.memory.length > 0 ? [`  heap and RSS at each tenth, MB: ${run.memory.map(({ heapUsed, rss }) => `${megabytes(heapUsed)}/${megabytes(rss)}`).join(', ')}`] : []),
    ...told,
    ...lazy.map((reason) => `  too lazy: ${reason}`),
    `  ${violations.length > 0 ? `FAILED: ${names.join(', ')}; seen after ${String(verdict.foundAfter)} s` : lazy.length > 0 ? 'FAILED: the run did too little to tell' : 'ok: every promise was kept'}`
  ].join('\n')
}
