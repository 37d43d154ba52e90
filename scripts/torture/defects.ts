/** A place in the sources of the service, and what a defect makes of it. `from` must stand there exactly once. */
export interface Edit {
  /** Path below `src/`. */
  readonly file: string
  readonly from: string
  readonly to: string
}

/** A defect that a service of this kind may well have, and that a run must find. */
export interface Defect {
  /** What is wrong with it. */
  readonly about: string
  readonly edits: readonly Edit[]
  /** Settings of the service that it needs. */
  readonly env?: Readonly<Record<string, string>>
}

/** The guard asks only for a document. */
const unguarded: Edit = { file: 'versioned-store/guard.ts', from: '  if (write !== undefined) return', to: "  if (kind === 'document') return { $and: [{ $gt: ['$version', 0] }, { $not: ['$deletedAt'] }] }\n  if (write !== undefined) return" }

const compareFirst = (when: string): Edit => ({
  file: 'versioned-store/settle.ts',
  from: '    const sending = committer.commit(sent, maybeDone ? undefined : since)\n',
  to: `    if (${when}) {
      const before = await reader.read(statement.id)
      if (!guardHolds(statement.guard, before)) return { kind: 'refused', stored: before }
    }
    const sending = committer.commit(sent, maybeDone ? undefined : since)
`
})

/** Only reads for a 409 ask for a time, by which they are told from GETs. */
const timeless: Edit = { file: 'versioned-store/shared-finds.ts', from: 'later(asked, known.latest)', to: 'asked' }

/** A refusal is believed also where the state that is read next is the very one that the guard asks for. */
const believed: Edit = {
  file: 'versioned-store/writer.ts',
  from: "          base = { stored: settled.stored, confirmed: true }\n          break\n",
  to: `          base = { stored: settled.stored, confirmed: true }
          if (settled.stored !== undefined && step.attempt.statement.guard.kind === 'document' && versionOf(settled.stored.current) === step.attempt.statement.guard.version) return { kind: 'condition-failed', current: settled.stored.current }
          break
`
}

const forgetful = (when: string): readonly Edit[] => [
  { file: 'versioned-store/settle.ts', from: '{ since, until, followUntil }: SettleTimes)', to: '{ since, until, followUntil }: SettleTimes, forgets = false)' },
  { file: 'versioned-store/settle.ts', from: "    if (result.kind === 'unknown') {\n", to: "    if (result.kind === 'unknown' && forgets) return { kind: 'refused', stored: await reader.read(statement.id) }\n    if (result.kind === 'unknown') {\n" },
  { file: 'versioned-store/writer.ts', from: '? await settle(step.attempt, sender, reader, times)\n', to: `? await settle(step.attempt, sender, reader, times, ${when})\n` }
]

/** Every planted defect, by its name on the command line. */
export const defects = {
  'compare-in-process': {
    about: 'the version is compared in the process, and the write itself asks for none',
    edits: [unguarded, compareFirst('true')]
  },
  'put-back': {
    about: 'it writes first, compares afterwards, and puts the old document back',
    env: { STORE_MODE: 'single' },
    edits: [unguarded, {
      file: 'versioned-store/single-writes.ts',
      from: "    return { kind: 'refused', operationTime: undefined, current: stored }\n",
      to: "    if (before !== null && stored?.current.kind === 'document') await collection.replaceOne({ _id: statement.id }, before)\n    return { kind: 'refused', operationTime: undefined, current: stored }\n"
    }]
  },
  'unguarded-delete': {
    about: 'a DELETE compares in the process only',
    edits: [compareFirst("statement.becomes.kind === 'expression' || (statement.becomes.kind === 'stored' && statement.becomes.form.deletedAt !== undefined)"), {
      file: 'versioned-store/statement.ts',
      from: '$cond: [guardExpression(guard), then, otherwise]',
      to: "$cond: [becomes.kind === 'expression' || (becomes.kind === 'stored' && becomes.form.deletedAt !== undefined) ? { $and: [{ $gt: ['$version', 0] }, { $not: ['$deletedAt'] }] } : guardExpression(guard), then, otherwise]"
    }]
  },
  'write-concern-1': {
    about: 'writes are acknowledged when the primary alone has them',
    edits: [{ file: 'versioned-store/shared-updates.ts', from: "export const majorityJournaled = { w: 'majority', j: true } as const", to: 'export const majorityJournaled = { w: 1, j: true } as const' }]
  },
  'secondary-reads': {
    about: 'reads go to a secondary',
    edits: [{ file: 'versioned-store/send-command.ts', from: '{ signal: late.signal }', to: "{ signal: late.signal, ...('find' in command && { readPreference: 'secondaryPreferred' }) }" }]
  },
  'versions-restart': {
    about: 'the versions of an id begin at 1 again after a delete',
    edits: [{ file: 'versioned-store/decide.ts', from: '[current.tombstone.version + 1, latest(', to: '[1, latest(' }]
  },
  'judged-by-modified': {
    about: 'what matched and modified nothing counts as refused',
    edits: [believed, {
      file: 'versioned-store/shared-updates.ts',
      from: "statements.map(() => ({ kind: 'done', sentAt }))\n",
      to: "statements.map(({ becomes }) => becomes.kind === 'unchanged' ? { kind: 'refused', operationTime: reply.operationTime } : { kind: 'done', sentAt })\n"
    }]
  },
  'retry-any': {
    about: 'a write under If-Match: * whose answer was lost is done again on whatever is there',
    edits: forgetful("write.condition.kind === 'any'")
  },
  'retry-list': {
    about: 'a write with several tags whose answer was lost is done again if any of them still fits',
    edits: forgetful("write.condition.kind === 'one-of' && write.condition.versions.length > 1")
  },
  'retry-one': {
    about: 'a write whose answer was lost is sent again, and conflicts with itself',
    edits: forgetful("write.condition.kind === 'one-of' && write.condition.versions.length === 1")
  },
  'get-not-majority': {
    about: 'GETs show what no majority has yet',
    edits: [timeless, { file: 'versioned-store/shared-finds.ts', from: "after === undefined ? { level: 'majority' }", to: "after === undefined ? { level: 'local' }" }]
  },
  'conflict-not-majority': {
    about: 'a 409 shows what no majority has yet',
    edits: [timeless, { file: 'versioned-store/shared-finds.ts', from: ": { level: 'majority', afterClusterTime: after }", to: ": { level: 'local', afterClusterTime: after }" }]
  },
  'not-primary-refuses': {
    about: 'a statement that met no primary any more counts as refused',
    edits: [believed, { file: 'versioned-store/shared-updates.ts', from: "  if (saysUnknown(code)) return { kind: 'unknown' }\n", to: "  if (saysUnknown(code)) return { kind: 'refused', operationTime }\n" }]
  },
  'anothers-error': {
    about: 'the error of one statement of a shared command is taken for that of the next one',
    edits: [{ file: 'versioned-store/shared-updates.ts', from: 'results[error.index] = resultOf(', to: 'results[(error.index + 1) % statements.length] = resultOf(' }]
  },
  'merge-drops-theirs': {
    about: 'a merge keeps only one side',
    edits: [{ file: 'resources/combine-edits.ts', from: 'checkContent(request, resource, resource.known.of(merged))', to: 'checkContent(request, resource, resource.known.of(yours))' }]
  },
  'key-apart': {
    about: 'an Idempotency-Key is kept apart from its write',
    edits: [{ file: 'resources/resource-routes.ts', from: 'key: claimedKey?.key,', to: 'key: undefined,' }]
  },
  'cursor-dropped': {
    about: 'the change stream, opened again after it broke, begins from then on',
    edits: [{ file: 'live/change-feed.ts', from: 'from = lost ? undefined : position', to: 'from = undefined' }]
  },
  'last-id-ignored': {
    about: 'who comes again with Last-Event-ID is told what comes from then on',
    edits: [{ file: 'live/event-routes.ts', from: "typeof lastEventId === 'string' ? lastEventId : undefined", to: 'undefined' }]
  }
} satisfies Readonly<Record<string, Defect>>

export type DefectName = keyof typeof defects

export const defectNames = Object.keys(defects) as DefectName[]
