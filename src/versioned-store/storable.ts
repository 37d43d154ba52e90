import { printPointer } from '../merge/json-pointer.js'
import { boundedPointer } from './bounded-pointer.js'

/** What is wrong with one value of a body: where it is (RFC 6901), and what it must or must not be. */
export interface BrokenRule {
  readonly pointer: string
  readonly message: string
}

interface Container {
  readonly value: object
  readonly depth: number
  readonly parent: Container | undefined
  readonly token: string | number
}

/**
 * What in a JSON value MongoDB could not store as it is, or would let fail the whole command that carries it:
 * - objects and arrays nested over `maxDepth` levels, of which the value itself is the first
 *   (a document has 100: https://www.mongodb.com/docs/manual/reference/limits/#std-label-limit-bson-nested-depth);
 * - the name `_bsontype`, by which the driver tells its own types;
 * - NUL in a name, which ends a name in BSON (https://bsonspec.org/spec.html, cstring);
 * - names and strings that are not well-formed Unicode (lone surrogates), for BSON strings are UTF-8;
 * - numbers that are not finite, which JSON.parse makes of 1e400;
 * - an object of the form of a DBRef, which the driver gives back as another object
 *   (https://www.mongodb.com/docs/manual/reference/database-references/#dbrefs).
 *
 * It does not recurse: a value may be nested as deep as it likes. What lies below `maxDepth` is not looked at.
 */
export const findUnstorable = (value: unknown, maxDepth = 100): BrokenRule[] => {
  const found: BrokenRule[] = []
  const containers: Container[] = []
  const report = (parent: Container | undefined, token: string | number, message: string) =>
    found.push({ pointer: boundedPointer(printPointer(tokensOf(parent, token))), message })

  const visit = (value: unknown, parent: Container | undefined, token: string | number) => {
    if (typeof value === 'string') {
      if (!value.isWellFormed()) report(parent, token, 'must be well-formed Unicode: it has a lone surrogate')
    } else if (typeof value === 'number') {
      if (!Number.isFinite(value)) report(parent, token, 'must be a number that a double can hold')
    } else if (typeof value === 'object' && value !== null) {
      const depth = parent === undefined ? 1 : parent.depth + 1
      if (depth > maxDepth) report(parent, token, `${TOO_DEEP} more than ${maxDepth} levels deep`)
      else containers.push({ value, depth, parent, token })
    }
  }

  visit(value, undefined, '')
  // Grows while it is walked through: breadth first, in the order of the document.
  for (const container of containers) {
    if (Array.isArray(container.value)) {
      for (const [index, element] of container.value.entries()) visit(element, container, index)
      continue
    }
    if (isDbRef(container.value)) report(container, '$ref', 'must have another name: beside $id this one is kept for the database driver')
    for (const [name, member] of Object.entries(container.value)) {
      const fault = faultOfName(name)
      if (fault !== undefined) report(container, name, fault)
      visit(member, container, name)
    }
  }
  return found
}

const TOO_DEEP = 'must not be nested'

/** Whether what is wrong is that the value is nested too deep, so that nothing that recurses should look at it. */
export const isTooDeep = ({ message }: BrokenRule): boolean => message.startsWith(TOO_DEEP)

const faultOfName = (name: string): string | undefined => {
  if (name === '_bsontype') return 'must have another name: this one is kept for the database driver'
  if (name.includes('\0')) return 'must have another name: this one holds NUL'
  if (!name.isWellFormed()) return 'must have another name: this one is not well-formed Unicode'
  return undefined
}

const dbRefNames = ['$ref', '$id', '$db']

/** Whether the driver reads an object as a DBRef: it has a `$ref` and an `$id`, and no other name that begins with `$` but `$db`. */
const isDbRef = (value: object): boolean => {
  if (!Object.hasOwn(value, '$ref') || !Object.hasOwn(value, '$id')) return false
  const { $ref, $id, $db = '' }: { $ref?: unknown, $id?: unknown, $db?: unknown } = value
  return typeof $ref === 'string' && $id !== null && typeof $db === 'string' && Object.keys(value).every((name) => !name.startsWith('$') || dbRefNames.includes(name))
}

const tokensOf = (parent: Container | undefined, token: string | number): (string | number)[] => {
  if (parent === undefined) return []
  const tokens = [token]
  for (let at = parent; at.parent !== undefined; at = at.parent) tokens.push(at.token)
  return tokens.reverse()
}
