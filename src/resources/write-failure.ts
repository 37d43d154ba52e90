import { errors, type ProblemError } from '../errors.js'
import { duplicateError } from '../plugins/duplicate-error.js'
import type { NotAppliedReason, WriteOutcome } from '../versioned-store/write.js'
import type { Resource } from './resource.js'

type Failed = Extract<WriteOutcome<unknown>, { kind: 'duplicate' | 'not-applied' | 'unknown' }>

const sentences: Readonly<Record<NotAppliedReason, string>> = {
  unreachable: 'The database cannot be reached, or has no primary',
  overloaded: 'The service is overloaded',
  contention: 'Other writes to the document came first each time, until the time was up',
  'hung-up': 'The client has hung up'
}

/** The error for a write that failed for a reason other than its precondition. `url` is that of the collection. */
export const writeFailure = (outcome: Failed, { noun, revealExisting }: Resource, url: string): ProblemError => {
  switch (outcome.kind) {
    case 'duplicate': {
      const { fields, holder } = outcome
      return duplicateError({ noun, fields, existing: revealExisting && holder ? { href: `${url}/${encodeURIComponent(holder.id)}`, version: holder.version } : undefined })
    }
    case 'not-applied': return errors.unavailable({ detail: `${sentences[outcome.reason]}: nothing was written`, members: { outcome: 'not-applied' } })
    case 'unknown': return errors.unavailable({ detail: 'The database did not answer in time: it may have been written. GET the document to find out', members: { outcome: 'unknown' } })
  }
}
