import { performance } from 'node:perf_hooks'
import { createClient, NoclobberError, VersionConflict, type Client } from '../../src/client/index.js'
import { isObject, toVersion, type Reading } from './api.js'
import type { Run } from './editor.js'
import { LoadError } from './load-error.js'
import { addMark, readSections } from './marks.js'
import type { ApiOptions } from './options.js'
import type { EditEnd } from './tally.js'

type Members = Readonly<Record<string, unknown>>

/** Thrown by an edit that may not be tried again, since the run is over. */
class Over extends Error {}

/** The edit that is being made: what the client sends meanwhile is part of it. */
interface Current {
  readonly document: string
  readonly mark: string
  /** Text that the edit was made on last, and what it made of it. */
  baseText: string
  text: string
  /** What was sent last: sent again after a lost reply, it is the same write. */
  sentBody: string | undefined
  writes: number
  /** Whether it stands in the document already, as after a lost reply. */
  found: boolean
  /** Whether what was sent last got no answer at first: a refusal of it may then be one of its own doing. */
  unanswered: boolean
}

/**
 * An editor that edits by `noclobber/client` alone, and listens to what that sends and gets. `think` waits between reading and
 * writing.
 */
export class ClientEditor {
  readonly #editor: number
  readonly #run: Run
  readonly #api: ApiOptions
  readonly #client: Client<Members>
  #current: Current | undefined

  constructor (editor: number, run: Run, api: ApiOptions) {
    this.#editor = editor
    this.#run = run
    this.#api = api
    const { url } = run.api
    const { versionField, headers, timeoutMs } = api
    this.#client = createClient<Members>({
      url: `${url.origin}${url.pathname}`,
      version: versionField === undefined ? { header: 'etag' } : { field: versionField },
      headers: () => ({ ...headers }),
      timeoutMs,
      fetch: (address, init) => this.#fetch(`${address}${url.search}`, init)
    })
  }

  /** Makes one edit; gives what it came to, and how often it was written again. Throws LoadError where the API answers what has nothing to do with conflicts. */
  async edit (document: string, mark: string, think: () => Promise<unknown>): Promise<{ readonly end: EditEnd, readonly retries: number }> {
    const current: Current = { document, mark, baseText: '', text: '', sentBody: undefined, writes: 0, found: false, unanswered: false }
    this.#current = current
    const end = await this.#edit(current, think)
    return { end, retries: current.writes - 1 }
  }

  async #edit (current: Current, think: () => Promise<unknown>): Promise<EditEnd> {
    const { document, mark } = current
    const { proof, end } = this.#run
    const { field, method } = this.#api
    let thought = false
    try {
      await this.#client.edit(document, async (members) => {
        if (!thought) await think()
        thought = true
        // Only its text is wanted; a document doesn't hold a version that stands in the ETag.
        const reading = this.#run.api.readingOf(members, '"0"')
        if (reading === undefined) throw new LoadError(`document ${document} has no text in ${field}`)
        current.baseText = reading.text
        current.found = readSections(reading.text, this.#editor + 1)[this.#editor]?.includes(mark) === true
        if (current.found) return undefined
        if (current.writes > 0 && end.aborted) throw new Over()
        current.text = addMark(reading.text, this.#editor, mark)
        return { ...members, [field]: current.text }
      }, { send: method === 'PATCH' ? 'merge-patch' : 'document' })
      return current.found ? 'found-applied' : 'acknowledged'
    } catch (error) {
      if (error instanceof Over) return 'unfinished'
      if (error instanceof VersionConflict) return 'gave-up'
      if (!(error instanceof NoclobberError) || (error.outcome !== 'unknown' && error.outcome !== 'not-applied')) throw error
      if (error.status !== undefined && error.status < 500 && error.status !== 429) throw new LoadError(`a write of document ${document} by the client: ${error.message}`)
      if (error.outcome === 'unknown') proof.unknown(document, mark)
      else if (current.writes > 0) proof.refused(document, mark)
      return error.outcome === 'unknown' ? 'unknown' : 'unfinished'
    }
  }

  async #fetch (url: string, init: RequestInit): Promise<Response> {
    const current = this.#current
    if (current === undefined) throw new Error('the client sends something, and no edit is being made')
    const { proof, tally } = this.#run
    const { document, mark } = current
    const isWrite = init.method !== 'GET'
    const floor = proof.floor(document)
    const sentAt = performance.now()
    if (isWrite) this.#noteSent(current, init)
    const { response, text } = await ask(url, init).catch((error: unknown) => {
      if (isWrite) current.unanswered = true
      throw error
    })
    tally.answered(isWrite ? 'write' : 'read', sentAt)
    const { status, headers } = response
    const etag = headers.get('etag') ?? undefined
    const body = parse(text)
    const shown = (reading: Reading | undefined) => {
      if (reading !== undefined) proof.seen(document, reading, { floor, byRead: !isWrite })
    }
    if (response.ok) {
      const reading = this.#run.api.readingOf(body, etag)
      if (isWrite) proof.acknowledged({ document, mark, version: reading?.version, floor })
      shown(reading)
    } else if (isWrite && (status === 409 || status === 412) && !(isObject(body) && body.retryable === true)) {
      tally.conflict()
      if (isObject(body)) shown(this.#run.api.readingOf(body.current, etag))
      if (current.unanswered) proof.unknown(document, mark)
      else proof.refused(document, mark)
    } else if (!isWrite) tally.failedReads++
    else if (status >= 500) current.unanswered = true
    // What was read is given on; a Response of 204 or 304 may have no body.
    return new Response(text === '' ? null : text, { status, headers })
  }

  #noteSent (current: Current, { headers, body }: RequestInit): void {
    const sent = typeof body === 'string' ? body : ''
    if (sent === current.sentBody) return
    const { document, mark, baseText, text } = current
    const tag = new Headers(headers).get('if-match') ?? ''
    this.#run.proof.sent({ document, editor: this.#editor, mark, base: toVersion(tag.replaceAll('"', '')), baseText, text })
    current.sentBody = sent
    current.unanswered = false
    current.writes++
  }
}

const ask = async (url: string, init: RequestInit): Promise<{ readonly response: Response, readonly text: string }> => {
  const response = await fetch(url, init)
  return { response, text: await response.text() }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
