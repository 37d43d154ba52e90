import { errors, type ProblemContext, type ProblemError } from '../errors.js'
import { problemDetails } from '../plugins/problem-reply.js'
import type { ProblemSlug } from '../problem-types.js'

const id = '66c0ffee0000000000000001'
const article = (version: number, title: string) => ({ id, version, title, body: 'Hello', tags: [], status: 'draft', createdAt: '2026-01-01T12:00:00.000Z', updatedAt: '2026-01-01T12:01:00.000Z' })

const context: Partial<Record<ProblemSlug, ProblemContext>> = {
  'version-conflict': {
    members: {
      currentVersion: 2,
      yourVersion: 1,
      current: article(2, 'Tea'),
      changes: [{ pointer: '/title', from: 'Draft', to: 'Tea', version: 2, at: '2026-01-01T12:01:00.000Z' }],
      conflicts: [{ pointer: '/title', base: 'Draft', theirs: 'Tea', yours: 'Coffee' }],
      mergeable: false
    }
  },
  'already-exists': { members: { currentVersion: 2, retryable: false } },
  duplicate: { detail: 'A user with this email already exists', members: { field: 'email', fields: ['email'], existing: { href: `/api/users/${id}` }, currentVersion: 3 } },
  'state-conflict': { detail: 'The state is draft, which does not allow archive', members: { currentState: 'draft', requestedTransition: 'archive', allowedTransitions: ['publish'], currentVersion: 2, retryable: false } },
  'patch-test-failed': { members: { pointer: '/title', operation: 0, currentVersion: 2, retryable: false } },
  invalid: { detail: '/title is required', members: { errors: [{ pointer: '/title', message: 'is required' }] } },
  'bad-request': { detail: 'The id in the URL must be 24 hexadecimal digits' },
  gone: { members: { currentVersion: 3, deletedAt: '2026-01-01T12:02:00.000Z' } },
  'precondition-failed': { detail: 'If-Match does not hold for the current version', members: { currentVersion: 2 } },
  'precondition-required': { members: { currentVersion: 2 } },
  unavailable: { detail: 'The database cannot be reached, or has no primary: nothing was written', members: { outcome: 'not-applied' } }
}

const camelCase = (slug: string): string => slug.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const defined: Readonly<Record<string, ((context?: ProblemContext) => ProblemError) | undefined>> = errors

/** A body of each type of problem, as the service would send it, on an article. */
export const problemExample = (slug: ProblemSlug, status?: number): object => {
  const define = defined[camelCase(slug)]
  if (define === undefined) throw new Error(`there is no error of type ${slug}`)
  return problemDetails(define({ ...context[slug], ...(status !== undefined && { status }) }), `/api/articles/${id}`)
}
