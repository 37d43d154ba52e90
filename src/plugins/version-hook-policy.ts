import type { WritePolicy, WriteVerb } from '../preconditions/judge-write.js'

/** What a route does with the id in its URL: `read` answers 304 and 412, `create` (a POST to a collection) has no version to compare. */
export type Verb = 'read' | 'create' | WriteVerb

/** How the version hook judges, and what its replies show. */
export interface VersionPolicy extends WritePolicy {
  /** Status of a version conflict: 409 with what is needed to resolve it (RFC 9110 section 15.5.10), or 412. */
  readonly mismatchStatus: 409 | 412
  /** Whether a version conflict shows the current document. */
  readonly showCurrent: boolean
  /** `Cache-Control` of documents and of 304, where the reply has none yet; false sets none. */
  readonly cacheControl: string | false
}

/** Options of the plugin: the policy of every route that doesn't say otherwise. */
export type VersionHookOptions = Partial<VersionPolicy>

/** What a route may say: `verb` where its method doesn't tell (a POST is `create` unless it says `transition`; a PUT that creates nothing is `patch`). */
export interface VersionHookConfig extends Partial<VersionPolicy> {
  readonly verb?: Verb
}

/** The policy of an app that says nothing. */
export const defaultPolicy: VersionPolicy = {
  ifMatch: 'required',
  weakIfMatch: 'never-matches',
  mismatchStatus: 409,
  showCurrent: true,
  cacheControl: 'private, no-cache'
}

const allowed: Readonly<Record<keyof VersionHookConfig, readonly unknown[] | 'text or false'>> = {
  ifMatch: ['required', 'optional'],
  weakIfMatch: ['never-matches', 'compare'],
  mismatchStatus: [409, 412],
  showCurrent: [true, false],
  cacheControl: 'text or false',
  verb: ['read', 'create', 'put', 'patch', 'delete', 'transition']
}

const isOption = (name: string): name is keyof VersionHookConfig => Object.hasOwn(allowed, name)

/** The first wrong option: an Error that names it, its value and what is allowed. `where` says whose option it is. */
export const policyFault = (options: Readonly<Record<string, unknown>>, where: string): Error | undefined => {
  for (const [name, value] of Object.entries(options)) {
    if (!isOption(name)) return new Error(`${where}: there is no option ${name}; there are ${Object.keys(allowed).join(', ')}`)
    const values = allowed[name]
    const fits = values === 'text or false' ? typeof value === 'string' || value === false : values.includes(value)
    if (!fits) {
      const those = values === 'text or false' ? values : values.map((one) => JSON.stringify(one)).join(' or ')
      return new Error(`${where}: ${name} is ${JSON.stringify(value)}, but may be ${those}`)
    }
  }
  return undefined
}

const verbs: Readonly<Record<string, Verb>> = { GET: 'read', HEAD: 'read', POST: 'create', PUT: 'put', PATCH: 'patch', DELETE: 'delete' }

/** The verb of a request: what its route says, else what its method means; undefined for a method that means none. */
export const verbOf = (method: string, config: VersionHookConfig): Verb | undefined => config.verb ?? verbs[method]
