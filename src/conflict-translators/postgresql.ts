import type { ConflictTranslator } from './duplicate-key.js'

/**
 * PostgreSQL: SQLSTATE 23505, unique_violation (https://www.postgresql.org/docs/current/errcodes-appendix.html), as `pg`, `postgres`
 * and PGlite throw it. The columns come from `detail`, "Key (email)=(a@example.com) already exists.", those of an expression such as
 * `lower(email)` too. A role that may not read the table gets no detail: there they come from the name that PostgreSQL gives
 * a constraint, `users_email_key`, which doesn't tell several columns apart.
 */
export const postgresql: ConflictTranslator = (error) => {
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== '23505') return undefined
  const table = textOf(error, 'table')
  const index = textOf(error, 'constraint')
  const detail = textOf(error, 'detail') ?? ''
  const [, columns, rest] = /\((.*?)\)=\((.*)$/s.exec(detail) ?? []
  const fields = columns === undefined ? fieldsOfName(index, table) : splitColumns(columns).map(columnOf)
  const end = rest?.lastIndexOf(')') ?? -1
  const [only, ...others] = fields
  return {
    primaryKey: index !== undefined && index === `${table ?? ''}_pkey`,
    fields,
    // Values are not quoted: of several, where one ends can't be told.
    values: only !== undefined && others.length === 0 && columns === only && rest !== undefined && end >= 0 ? { [only]: rest.slice(0, end) } : {},
    ...(index !== undefined && { index })
  }
}

const textOf = (error: object, name: string): string | undefined => {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : undefined
}

/** Splits at the commas that stand neither in a quoted name nor in parentheses. */
const splitColumns = (columns: string): string[] =>
  [...columns.matchAll(/(?:"(?:[^"]|"")*"|\((?:[^()"]|\([^()]*\)|"(?:[^"]|"")*")*\)|[^,"(])+/g)].map(([column]) => column.trim())

/** The column that an expression such as `lower((email)::text)` is made of; a name without its quotes. */
const columnOf = (expression: string): string => {
  const call = /^\w+\(+(.+?)\)+(?:::.*)?\)*$/s.exec(expression)
  const inner = (call?.[1] ?? expression).replace(/\)?::.*$/s, '')
  return /^".*"$/s.test(inner) ? inner.slice(1, -1).replaceAll('""', '"') : inner
}

const fieldsOfName = (index: string | undefined, table: string | undefined): string[] => {
  const name = /^(.*)_(?:key|idx)$/s.exec(index ?? '')?.[1]
  return name !== undefined && table !== undefined && name.startsWith(`${table}_`) ? [name.slice(table.length + 1)] : []
}
