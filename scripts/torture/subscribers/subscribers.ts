import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomStream } from '../../load/random.js'
import type { Api } from '../api.js'
import type { Documents } from '../documents.js'
import type { Operation } from '../history.js'
import type { KeyedCreation } from '../record.js'
import type { Recorder } from '../recorder.js'
import { knownVersions } from './known-versions.js'
import { behind } from './order-check.js'
import { listen } from './subscriber.js'
import type { Subscription } from './told.js'

export interface SubscribersOptions {
  readonly seed: number
  readonly seconds: number
  /** The number as a client of the first of them. */
  readonly firstNumber: number
  readonly urls: readonly string[]
  readonly api: Api
  readonly recorder: Recorder
  readonly articles: Documents
  readonly ledgers: Documents
}

/** Those who listen in a run. */
export interface Subscribers {
  readonly subscriptions: readonly Subscription[]
  /** Waits until each has been told of all that it is due by these answers, at most 15 s; what isn't there by then is for the check to tell. */
  caughtUp(operations: readonly Operation[], creations: readonly KeyedCreation[]): Promise<void>
  stop(): Promise<void>
}

const onAll = 4
const onOne = 8
const firstStream = 2_000_000
const openWithinMs = 10_000
const caughtUpWithinMs = 15_000
const everyMs = 200

/** Resolves when those who watch all documents are connected. Those who watch one begin one after the other in the course of the run. */
export const startSubscribers = async ({ seed, seconds, firstNumber, urls, api, recorder, articles, ledgers }: SubscribersOptions): Promise<Subscribers> => {
  const stopped = new AbortController()
  const { signal } = stopped
  setMaxListeners(0, signal)
  const subscriptions: Subscription[] = []
  const running: Promise<void>[] = []
  const start = (index: number, document?: string): Subscription => {
    const shown = () => document === undefined ? [...articles.active, ...ledgers.active] : [document]
    const { subscription, ended } = listen({ number: firstNumber + index, urls, api, recorder, random: randomStream(seed, firstStream + index), document, shown }, signal)
    subscriptions.push(subscription)
    running.push(ended)
    return subscription
  }
  const ofAll = Array.from({ length: onAll }, (_, index) => start(index))
  for (const end = performance.now() + openWithinMs; ofAll.some(({ told }) => told.length === 0) && performance.now() < end;) await sleep(everyMs)
  running.push(...Array.from({ length: onOne }, async (_, i) => {
    const random = randomStream(seed, firstStream + onAll + onOne + i)
    const choice = random.float()
    await sleep(i * seconds * 1_000 / onOne, undefined, { signal }).catch(() => undefined)
    const { active } = articles
    if (!signal.aborted) start(onAll + i, active[Math.floor(choice * active.length)])
  }))
  return {
    subscriptions,
    caughtUp: async (operations, creations) => {
      const known = knownVersions(operations, creations)
      for (const end = performance.now() + caughtUpWithinMs; performance.now() < end;) {
        if (subscriptions.every((subscription) => behind(subscription, known).length === 0)) return
        await sleep(everyMs)
      }
    },
    stop: async () => {
      stopped.abort()
      await Promise.all(running)
    }
  }
}
