import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../load/random.js'
import { requestOf, type Api } from './api.js'
import type { Documents } from './documents.js'
import { editOf, editWeights, type Edit } from './edits.js'
import type { Content, Result, Seen, WriteCall } from './history.js'
import { requestTwice } from './keyed-requests.js'
import { addLine } from './ledger.js'
import { problemOf, resultOf, type Reply } from './replies.js'
import type { Recorder } from './recorder.js'
import { UniqueValues } from './unique-values.js'

/** What a client works with. */
export interface ClientContext {
  readonly number: number
  readonly api: Api
  readonly recorder: Recorder
  readonly random: Random
  readonly articles: Documents
  readonly ledgers: Documents
}

type Deed = 'read' | 'read-if-changed' | 'keyed-post' | 'unique' | 'ledger' | Edit

const weights: readonly (readonly [Deed, number])[] = [['read', 26], ['read-if-changed', 4], ['keyed-post', 3], ['unique', 4], ['ledger', 6], ...editWeights]
const sumOfWeights = weights.reduce((sum, [, weight]) => sum + weight, 0)

const drawDeed = (random: Random): Deed => {
  let left = random.int(sumOfWeights)
  return weights.find(([, weight]) => (left -= weight) < 0)?.[0] ?? 'read'
}

/** After an instance gave no answer, the next request waits so long, in ms. */
const pauseMs = 50
const shareSentAgain = 0.5
/** Who hasn't read first edits what was known from before, which others may have changed. */
const shareReadFirst = 0.6

/** One client: does one thing after the other, on what it was last shown of each document, until told to stop. */
export class Client {
  readonly #context: ClientContext
  readonly #known = new Map<string, Seen>()
  readonly #values: UniqueValues

  constructor (context: ClientContext) {
    this.#context = context
    this.#values = new UniqueValues(context)
  }

  async run (stop: AbortSignal): Promise<void> {
    while (!stop.aborted) await this.#do(drawDeed(this.#context.random))
  }

  async #do (deed: Deed): Promise<void> {
    switch (deed) {
      case 'ledger': { await addLine(this.#context); return; }
      case 'unique': { await this.#values.next(); return; }
      case 'keyed-post': { await requestTwice.create(this.#context); return; }
      default: { await this.#workOn(this.#context.articles.pick(this.#context.random.float()), deed); return; }
    }
  }

  async #workOn (document: string, deed: 'read' | 'read-if-changed' | Edit): Promise<void> {
    const { random, recorder } = this.#context
    const readsFirst = random.float() < shareReadFirst
    if (deed === 'read' || readsFirst) await this.#perform(document, { kind: 'read' })
    if (deed === 'read') return
    const known = this.#known.get(document) ?? { kind: 'missing' }
    if (known.kind === 'missing') { await this.#createWhereNoneIs(document); return; }
    if (deed === 'read-if-changed') await this.#perform(document, { kind: 'read', ifNoneMatch: known.version })
    else if (deed === 'keyed') await this.#keyed(document, editOf(deed, known, recorder.mark(), random))
    else await this.#write(document, editOf(deed, known, recorder.mark(), random))
  }

  async #createWhereNoneIs (document: string): Promise<void> {
    const result = await this.#perform(document, { kind: 'read' })
    if (result.kind !== 'ok' || result.seen.kind === 'document') return
    const mark = this.#context.recorder.mark()
    await this.#write(document, { kind: 'write', verb: 'create', condition: { kind: 'absent' }, title: mark, body: mark })
  }

  async #keyed (document: string, call: WriteCall): Promise<void> {
    const { number, recorder } = this.#context
    const result = await recorder.record(number, document, call, () => requestTwice.write(this.#context, document, call))
    this.#learn(document, result)
  }

  /** A write whose answer was lost is sent again by some, as people do, which may conflict with itself. */
  async #write (document: string, call: WriteCall): Promise<void> {
    const { random } = this.#context
    const sendsAgain = random.float() < shareSentAgain
    const result = await this.#perform(document, call)
    if (result.kind === 'unknown' && sendsAgain) await this.#perform(document, call)
  }

  async #perform (document: string, call: Parameters<typeof requestOf>[1]): Promise<Result> {
    const { number, api, recorder, random } = this.#context
    const instance = api.pick(random)
    let reply: Reply | undefined
    const result = await recorder.record(number, document, call, async () => {
      reply = await api.ask(instance, requestOf(document, call))
      return resultOf(call, reply)
    }, instance)
    this.#learn(document, result)
    if (reply !== undefined && call.kind === 'write') this.#checkAlreadyApplied(document, call, reply)
    if (reply === undefined || reply.status === 503) await sleep(pauseMs)
    return result
  }

  #learn (document: string, result: Result): void {
    if (result.kind !== 'ok' && result.kind !== 'refused') return
    const { seen } = result
    const known = this.#known.get(document)
    // What a write was shown by its version only is worth less than what was known with its content.
    if (seen.kind === 'document' && seen.content === undefined && known?.kind === 'document' && known.version === seen.version) return
    this.#known.set(document, seen)
  }

  /** A 409 whose current content is what a PUT sent must say so, and no other. */
  #checkAlreadyApplied (document: string, call: WriteCall, reply: Reply): void {
    if (call.verb !== 'put' || reply.status !== 409 || problemOf(reply) !== 'version-conflict') return
    const result = resultOf(call, reply)
    const content: Content | undefined = result.kind === 'refused' && result.seen.kind === 'document' ? result.seen.content : undefined
    if (content === undefined) return
    const isApplied = content.title === call.title && content.body === call.body
    if (isApplied !== (reply.body.alreadyApplied === true)) {
      this.#context.recorder.find({ name: 'already-applied', document, sentence: `a 409 whose current content ${isApplied ? 'is' : 'is not'} what was sent says alreadyApplied: ${String(reply.body.alreadyApplied)}` })
    }
  }
}
