/** A run that can't be made or can't be judged. Its message is one line that says what to give or what to do. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}

/** What to say of an error that ended a run: one line where it was to be expected (LoadError, or the system's), else its stack. */
export const failureText = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const expected = error instanceof LoadError || ('code' in error && typeof error.code === 'string')
  return expected ? error.message : error.stack ?? error.message
}
