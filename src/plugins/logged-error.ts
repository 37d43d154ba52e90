/** What is logged of an error. */
interface LoggedError extends Record<string, unknown> {
  type: string
  code?: string | number
  message: string
  stack: string
  cause?: LoggedError
}

const MAX_CAUSES = 4

const MAX_CHARACTERS = 8_192

/** Text of a driver without the values that it may quote: the key of a duplicate, e-mail addresses, the credentials of a URI. */
const withoutValues = (text: string): string =>
  text.slice(0, MAX_CHARACTERS).replace(/dup key: .*/g, 'dup key: ***').replace(/(?<![^\s/@"'<>()])[^\s/@"'<>()]+@[^\s/@"'<>()]+/g, '***')

const describe = (error: Error, depth: number): LoggedError => ({
  type: error.name,
  ...('code' in error && (typeof error.code === 'string' || typeof error.code === 'number') && { code: error.code }),
  message: withoutValues(error.message),
  stack: withoutValues(error.stack ?? ''),
  ...(error.cause instanceof Error && depth < MAX_CAUSES && { cause: describe(error.cause, depth + 1) })
})

/**
 * The serializer `err` of the log: name, code, message and stack of an error and of its causes. What else an error carries is left
 * out, since an error of the database has the documents of its command in its properties.
 */
export const loggedError = (error: unknown): LoggedError =>
  error instanceof Error ? describe(error, 0) : { type: typeof error, message: '', stack: '' }
