/** A run that can't be made or can't be judged. Its message is one line that says what to give or what to do. */
export class LoadError extends Error {
  override readonly name = 'LoadError'
}
