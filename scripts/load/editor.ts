import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Api, Reading, WriteReply } from './api.js'
import { planEdits, type PlannedEdit } from './edit-plan.js'
import { LoadError } from './load-error.js'
import { addMark, makeMark, readSections } from './marks.js'
import { ClientEditor } from './client-editor.js'
import type { ApiOptions, EditingOptions } from './options.js'
import { lineOn } from './probe.js'
import type { Proof } from './proof.js'
import { randomStream, type Random } from './random.js'
import type { Strategy } from './strategy.js'
import type { EditEnd, Tally } from './tally.js'

/** What all editors of a run share. */
export interface Run {
  readonly api: Api
  readonly proof: Proof
  readonly tally: Tally
  readonly options: EditingOptions
  readonly apiOptions: ApiOptions
  /** Ids of the documents. */
  readonly documents: readonly string[]
  /** Aborted when no more edits may begin: the time is up, Ctrl-C, or another editor failed. */
  readonly end: AbortSignal
}

/** Refusals in a row, with nothing accepted from anybody, after which an API is taken to refuse everything. */
const hopeless = 2000

/** Reads in a row that may go unanswered. */
const mostFailedReads = 30

/**
 * One person at a client: reads, thinks, changes, writes with the version that it read, and on a refusal does as its strategy
 * says; over and over, until `run.end`, or until it made `quota` edits. Throws LoadError where the API stops answering or answers
 * with a status that has nothing to do with conflicts.
 */
export const runEditor = async (editor: number, run: Run, quota: number): Promise<void> => {
  const { options: { strategies, seed, editors, rate }, tally, end } = run
  const person = new Person(editor, run, strategies[editor % strategies.length] ?? 'refetch', randomStream(seed, editors + editor))
  let counter = 0
  for (const edit of planEdits(editor, run.options)) {
    if (counter >= quota || end.aborted) break
    const due = rate === undefined ? performance.now() : tally.startedAt + (counter * editors + editor) * 1000 / rate
    if (!await person.wait(due - performance.now())) break
    await person.make(edit, counter++, due)
  }
  tally.editorDone()
}

class Person {
  readonly #editor: number
  readonly #run: Run
  readonly #strategy: Strategy
  readonly #random: Random
  readonly #client: ClientEditor | undefined

  constructor(editor: number, run: Run, strategy: Strategy, random: Random) {
    this.#editor = editor
    this.#run = run
    this.#strategy = strategy
    this.#random = random
    this.#client = strategy === 'client' ? new ClientEditor(editor, run, run.apiOptions) : undefined
  }

  /** Waits so many milliseconds, or until the end of the run; gives whether the run still goes on. */
  async wait(ms: number): Promise<boolean> {
    const { end } = this.#run
    if (ms > 0) await sleep(ms, undefined, { signal: end }).catch(() => undefined)
    return !end.aborted
  }

  /** Makes one edit that was due at `due` on the clock of `performance.now`, and tallies what became of it. */
  async make(edit: PlannedEdit, counter: number, due: number): Promise<void> {
    const editor = this.#editor
    const document = this.#run.documents[edit.document]
    if (document === undefined) throw new Error(`there is no document ${edit.document}`)
    let retries = -1
    const mark = makeMark(editor, counter, edit.id)
    if (this.#client !== undefined) {
      const { end, retries } = await this.#client.edit(document, mark, () => this.wait(edit.thinkMs))
      this.#run.tally.ended(end, { editor, retries, sinceMs: due })
      return
    }
    const base = await this.#read(document, due)
    await this.wait(edit.thinkMs)
    const end = base === undefined ? 'unfinished' : await this.#write(document, mark, base, () => retries++)
    this.#run.tally.ended(end, { editor, retries, sinceMs: due })
  }

  async #write(document: string, mark: string, first: Reading, countTry: () => void): Promise<EditEnd> {
    const { api, proof, tally, end } = this.#run
    for (let base: Reading | undefined = first, refusals = 0; base !== undefined;) {
      if (readSections(base.text, this.#editor + 1)[this.#editor]?.includes(mark) === true) return 'found-applied'
      if (refusals > 0 && end.aborted) return 'unfinished'
      const text = addMark(base.text, this.#editor, mark)
      const floor = proof.floor(document)
      proof.sent({ document, editor: this.#editor, mark, base: base.version, baseText: base.text, text })
      countTry()
      const sentAt = performance.now()
      const reply: WriteReply = await api.write(document, { base, text, merge: this.#strategy === 'merge' })
      tally.answered('write', sentAt)
      switch (reply.kind) {
        case 'acknowledged':
          proof.acknowledged({ document, mark, version: reply.version, floor })
          if (reply.reading !== undefined) proof.seen(document, reply.reading, { floor, byRead: false })
          return 'acknowledged'
        case 'unknown':
          proof.unknown(document, mark)
          await this.#backOff(refusals)
          return 'unknown'
        case 'wrong':
          throw new LoadError(lineOn(`a write of document ${document}`, reply.answer))
        case 'not-applied':
          tally.notApplied++
          break
        case 'refused':
          tally.conflict()
          if (reply.current !== undefined) proof.seen(document, reply.current, { floor, byRead: false })
      }
      proof.refused(document, mark)
      if (reply.kind === 'refused' && this.#strategy === 'give-up') return 'gave-up'
      this.#giveUpHope()
      await this.#backOff(refusals++)
      const current = reply.kind === 'refused' && this.#strategy !== 'refetch' ? reply.current : undefined
      base = current ?? await this.#read(document, performance.now())
    }
    return 'unfinished'
  }

  /** A reading, or undefined where the run ended before one came. */
  async #read(document: string, since: number): Promise<Reading | undefined> {
    const { api, proof, tally, end } = this.#run
    for (let failures = 0; ; failures++) {
      const floor = proof.floor(document)
      const reply = await api.read(document)
      tally.answered('read', failures === 0 ? since : performance.now())
      if (reply.kind === 'reading') {
        proof.seen(document, reply.reading, { floor, byRead: true })
        return reply.reading
      }
      if (reply.kind === 'wrong') throw new LoadError(lineOn(`GET of document ${document}`, reply.answer))
      tally.failedReads++
      if (failures >= mostFailedReads) throw new LoadError(`the API stopped answering: ${failures} reads of document ${document} in a row failed (${reply.why})`)
      await this.#backOff(failures)
      if (end.aborted) return undefined
    }
  }

  /** Exponential, with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
  async #backOff(refusals: number): Promise<void> {
    const { min, max } = this.#run.options.backoff
    await this.wait(this.#random.float() * Math.min(max, min * 2 ** refusals))
  }

  #giveUpHope(): void {
    const { tally } = this.#run
    if (tally.ends.acknowledged === 0 && tally.conflicts + tally.notApplied > hopeless) {
      throw new LoadError(`${hopeless} writes were refused and none accepted: the API takes no edit with the version that it shows`)
    }
  }
}
