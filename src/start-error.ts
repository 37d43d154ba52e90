import createError from '@fastify/error'

const Constructor = createError<[string]>('NOCLOBBER_START', '%s', 500)

/**
 * An error that stops the start of the service: its message is one line for the operator, says what is wrong and what
 * to do, and holds no secret.
 */
export const startError = (message: string, cause?: unknown): Error => {
  const error: Error = new Constructor(message.replaceAll(/(?<!\s)\s*\n\s*/g, ' '))
  if (cause !== undefined) error.cause = cause
  return error
}
