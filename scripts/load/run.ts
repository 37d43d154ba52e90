import { setMaxListeners } from 'node:events'
import { performance } from 'node:perf_hooks'
import { connectApi, type Api } from './api.js'
import { runEditor } from './editor.js'
import type { Finding } from './finding.js'
import type { LastContent } from './history.js'
import { LoadError } from './load-error.js'
import { initialText } from './marks.js'
import type { ApiOptions, EditingOptions } from './options.js'
import { probe, readFirst } from './probe.js'
import { Proof } from './proof.js'
import { Tally } from './tally.js'

/** What a run gave: the counts, and what the API did that it must not do. */
export interface RunResult {
  readonly tally: Tally
  readonly findings: readonly Finding[]
}

/** One run against one API. */
export interface RunRequest {
  /** The collection. */
  readonly url: URL
  readonly api: ApiOptions
  readonly editing: EditingOptions
  /** Aborted to end the run early; it is judged all the same. */
  readonly stop: AbortSignal
  /** Called once the editors begin. */
  readonly onStart: (going: GoingRun) => void
}

/** A run whose editors are at work. */
export interface GoingRun {
  readonly tally: Tally
  /**
   * Reads the documents, one after the other, over a connection of its own that nothing counts, and gives how many acknowledged edits are
   * missing in them as they are now; undefined where a read fails, or where it would take long: with more than 100 documents or 200 000 edits.
   */
  readonly countMissing: () => Promise<number | undefined>
}

const mostWatched = { documents: 100, edits: 200_000 }

/** How many documents are created or read at once, before and after the editors. */
const atOnce = 16

/**
 * Creates the documents, lets the editors loose on them, waits until all have an answer, reads every document once more, and judges.
 * Throws LoadError where the API doesn't fit the options, stops answering, or acknowledged nothing, so that there is nothing to judge.
 */
export const run = async ({ url, api: apiOptions, editing, stop, onStart }: RunRequest): Promise<RunResult> => {
  const { editors, end } = editing
  const api = connectApi(url, apiOptions, Math.max(editors, atOnce))
  const watcher = connectApi(url, apiOptions, 1)
  try {
    const text = initialText(editors)
    await probe(api, apiOptions, text)
    const proof = new Proof(editors)
    const documents = await inTurns(Array.from({ length: editing.documents }), async () => {
      const id = await api.create(text)
      const first = await readFirst(api, id, apiOptions)
      proof.created(id, first.version, first.text)
      return id
    })
    const tally = new Tally(editors)
    const failed = new AbortController()
    const ends = [stop, failed.signal, ...(end.kind === 'duration' ? [AbortSignal.timeout(end.ms)] : [])]
    const shared = { api, proof, tally, options: editing, apiOptions, documents, end: AbortSignal.any(ends) }
    // Every editor that waits listens to it.
    setMaxListeners(0, shared.end)
    onStart({ tally, countMissing: () => countMissing(watcher, documents, proof) })
    const settled = await Promise.allSettled(Array.from({ length: editors }, async (_, editor) => {
      await runEditor(editor, shared, quotaOf(editor, editing)).catch((error: unknown) => {
        failed.abort()
        throw error
      })
    }))
    tally.endedAt = performance.now()
    const failure = settled.find((each) => each.status === 'rejected')
    if (failure !== undefined) throw failure.reason
    if (tally.ends.acknowledged === 0) throw new LoadError('no edit was acknowledged, so nothing is proved: give a longer --duration or more --edits')
    const last = await inTurns(documents, async (id) => lastContent(api, id, { proof, options: apiOptions }))
    return { tally, findings: proof.verdict(last) }
  } finally {
    await Promise.all([api.close(), watcher.close()])
  }
}

const countMissing = async (api: Api, documents: readonly string[], proof: Proof): Promise<number | undefined> => {
  if (documents.length > mostWatched.documents || proof.acknowledgements > mostWatched.edits) return undefined
  let missing = 0
  for (const id of documents) {
    const before = proof.acknowledgements
    const reply = await api.read(id)
    if (reply.kind !== 'reading') return undefined
    missing += proof.missingIn(id, reply.reading.text, before)
  }
  return missing
}

const quotaOf = (editor: number, { end, editors }: EditingOptions): number =>
  end.kind === 'duration' ? Infinity : Math.floor(end.count / editors) + (editor < end.count % editors ? 1 : 0)

const lastContent = async (api: Api, id: string, { proof, options }: { proof: Proof, options: ApiOptions }): Promise<LastContent> => {
  const floor = proof.floor(id)
  const { version, text } = await readFirst(api, id, options)
  return { document: id, version, text, floor }
}

/** `work` for each item, some at once; results in the order of `items`. */
const inTurns = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = []
  const entries = items.entries()
  await Promise.all(Array.from({ length: atOnce }, async () => {
    for (const [at, item] of entries) results[at] = await work(item)
  }))
  return results
}
