import { setTimeout as sleep } from 'node:timers/promises'
import { createWatcher } from '../../../src/client/watch.js'
import type { Random } from '../../load/random.js'
import { requestOf, type Api } from '../api.js'
import type { Call } from '../history.js'
import type { Recorder } from '../recorder.js'
import { resultOf } from '../replies.js'
import type { Subscription, Told } from './told.js'

export interface SubscriberContext {
  /** Its number as a client. */
  readonly number: number
  /** URLs of the instances. */
  readonly urls: readonly string[]
  readonly api: Api
  readonly recorder: Recorder
  readonly random: Random
  /** The document that it watches; undefined for all. */
  readonly document?: string | undefined
  /** What it shows of what it watches, and reads again after a `resync`. */
  readonly shown: () => readonly string[]
}

/** One in so many connections asks with an id that is damaged, for which `resync` is due. */
const damagedOneIn = 8
const backoff = { baseMs: 200, maxMs: 1_000 } as const
/** The service says something at least every 15 s. */
const silenceMs = 20_000
const pauseMs = 200
const nowhere = 'http://service'

/** An id that the service can't have given. */
const damaged = (id: string): string => `${id.startsWith('A') ? 'B' : 'A'}${id.slice(1)}`

/**
 * Listens by the client that is published, until told to stop, on the one instance or the other, comes again with the last id
 * when it is cut off, and takes down what it is told.
 */
export const listen = ({ number, urls, api, recorder, random, document, shown }: SubscriberContext, stop: AbortSignal): { readonly subscription: Subscription, readonly ended: Promise<void> } => {
  const { clock } = recorder
  const told: Told[] = []

  const connect = async (url: string, init: RequestInit): Promise<Response> => {
    const instance = random.int(urls.length)
    const isDamaged = random.int(damagedOneIn) === 0
    const headers = new Headers(init.headers)
    const lastId = headers.get('last-event-id')
    if (lastId !== null && isDamaged) headers.set('last-event-id', damaged(lastId))
    const response = await fetch(url.replace(nowhere, urls[instance] ?? nowhere), { ...init, headers })
    if (response.ok) told.push({ kind: 'opened', at: clock(), instance, after: lastId === null ? 'nothing' : isDamaged ? 'damaged-id' : 'last-id' })
    else if (response.status !== 503) recorder.find({ name: 'unexpected-status', sentence: `GET of events was answered ${response.status}` })
    return response
  }

  const readAgain = async (): Promise<void> => {
    const call: Call = { kind: 'read' }
    for (const one of shown()) {
      while (!stop.aborted) {
        const result = await recorder.record(number, one, call, async () => resultOf(call, await api.ask(api.pick(random), requestOf(one, call))))
        if (result.kind === 'ok') break
        await sleep(pauseMs)
      }
    }
  }

  const watcher = createWatcher({ url: `${nowhere}/api/articles`, fetch: connect, random: random.float, backoff, silenceMs })
  const follow = async (): Promise<void> => {
    try {
      for await (const event of document === undefined ? watcher.watchAll({ signal: stop }) : watcher.watch(document, { signal: stop })) {
        const at = clock()
        if (event.kind === 'resync') {
          told.push({ kind: 'resync', at, reason: event.reason })
          await readAgain()
        } else {
          told.push({ kind: 'event', at, document: event.id, version: event.version, change: event.kind, changed: event.changed, stamp: event.at })
        }
      }
    } catch (error) {
      if (!stop.aborted) recorder.find({ name: 'subscriber-refused', sentence: `a subscriber could not go on: ${String(error)}` })
    }
  }
  return { subscription: { name: document === undefined ? `subscriber ${number} of all` : `subscriber ${number} of ${document}`, document, told }, ended: follow() }
}
