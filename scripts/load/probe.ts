import type { Answer, Api, Reading } from './api.js'
import { LoadError } from './load-error.js'
import { addMark, makeMark } from './marks.js'
import type { ApiOptions } from './options.js'

/** One line on an answer that does not fit. */
export const lineOn = (what: string, { status, detail }: Answer): string => `${what} was answered ${status}${detail === '' ? '' : `, ${detail}`}`

/** A first reading of a document that was just created; throws LoadError where no version or no text can be found in it. */
export const readFirst = async (api: Api, id: string, { field, versionField, timeoutMs }: ApiOptions): Promise<Reading> => {
  const reply = await api.read(id)
  if (reply.kind === 'reading') return reply.reading
  if (reply.kind === 'no-answer') throw new LoadError(`GET of document ${id} does not answer within ${timeoutMs} ms (${reply.why})`)
  const { answer } = reply
  if (answer.status !== 200) throw new LoadError(lineOn(`GET of document ${id}`, answer))
  if (answer.version === undefined) throw new LoadError(`GET of document ${id} shows no version: ${howToNameVersion(answer, versionField)}`)
  throw new LoadError(`document ${id} has no text in its field ${JSON.stringify(field)}: give the text field to edit with --field, one of ${namesOf(answer, 'string')}`)
}

const howToNameVersion = (answer: Answer, versionField: string | undefined): string => versionField === undefined
  ? `it has no strong ETag: give the field that holds the version with --version-field, one of ${namesOf(answer, 'number', 'string')}`
  : `it has no field ${JSON.stringify(versionField)} with a number or a string: give another one with --version-field, one of ${namesOf(answer, 'number', 'string')}, or none if its ETag is the version`

const namesOf = ({ body = {} }: Answer, ...types: readonly string[]): string =>
  Object.entries(body).flatMap(([name, value]) => types.includes(typeof value) ? [name] : []).join(', ') || 'none that the reply has'

/**
 * Makes one edit on a document that nobody else knows, so that an API that doesn't fit is told apart from one that loses
 * updates. Throws LoadError where the edit isn't accepted or the text doesn't come back.
 */
export const probe = async (api: Api, options: ApiOptions, emptyText: string): Promise<void> => {
  const id = await api.create(emptyText)
  const base = await readFirst(api, id, options)
  if (base.text !== emptyText) throw new LoadError(`field ${JSON.stringify(options.field)} does not come back as it was sent: give another text field with --field`)
  const text = addMark(base.text, 0, makeMark(0, 0, 'probe'))
  const reply = await api.write(id, { base, text, merge: false })
  const what = `${options.method} of document ${id} with its version ${base.version.key}`
  if (reply.kind === 'wrong') throw new LoadError(`${lineOn(what, reply.answer)}: see --method, --field, --version-in and --header`)
  if (reply.kind === 'refused') throw new LoadError(`${what} was refused as a conflict, though nobody else edits it: see --version-field and --version-in`)
  if (reply.kind !== 'acknowledged') throw new LoadError(`${what} was not answered (${reply.kind === 'unknown' ? reply.why : 'try again later'})`)
  const after = await readFirst(api, id, options)
  if (after.version.key === base.version.key) {
    throw new LoadError(`the version stayed ${base.version.key} when ${what} was acknowledged: give the field that holds the version with --version-field`)
  }
}
