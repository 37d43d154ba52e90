/** What a database said when a write would have broken a unique index. */
export interface DuplicateKey {
  /** Whether it is the primary key that is taken: a creation that came second, and no duplicate of a user's field. */
  readonly primaryKey: boolean
  /** The columns or fields of the index, in its order; a field inside another with dots. Empty where the error doesn't say. */
  readonly fields: readonly string[]
  /** The values that are taken, by field, as far as the error tells them as they are. */
  readonly values: Readonly<Record<string, unknown>>
  /** Name of the index or the constraint, where the error tells. */
  readonly index?: string
}

/** Reads one database's errors. Undefined for an error that isn't about a unique index. Another database is one more of these. */
export type ConflictTranslator = (error: unknown) => DuplicateKey | undefined
