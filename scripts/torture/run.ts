import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomStream } from '../load/random.js'
import { createApi, requestOf, type Api } from './api.js'
import { Client } from './client.js'
import { Documents } from './documents.js'
import { readEndState } from './end-state.js'
import { injectFaults, planFaults } from './fault-plan.js'
import type { Call } from './history.js'
import type { TortureOptions } from './options.js'
import { watchMemory } from './memory.js'
import { watchPrimaries } from './primaries.js'
import { judgedOperations } from './read-promise.js'
import type { RunRecord } from './record.js'
import { Recorder } from './recorder.js'
import { startReplicaSet } from './replica-set.js'
import { resultOf } from './replies.js'
import { startInstance, type ServiceInstance } from './service-instance.js'
import { watchStalls } from './stalls.js'
import { startSubscribers } from './subscribers/subscribers.js'

const database = 'torture'
const instanceCount = 2
const articlesAtOnce = 24
const ledgersAtOnce = 2
/** How long all may take to work again once the faults are over, in ms. */
const recoveredWithinMs = 30_000

export interface RunOptions extends TortureOptions {
  /** The JavaScript file that is the service. */
  readonly server: string
  /** Settings of the service beside those that every run gives it. */
  readonly env: Readonly<Record<string, string>>
  readonly log: (line: string) => void
  readonly stop: AbortSignal
}

/** Waits until each instance can write again; says of one that doesn't come to it in time. */
const recovered = async (api: Api, recorder: Recorder): Promise<void> => {
  const end = performance.now() + recoveredWithinMs
  for (let instance = 0; instance < api.instances; instance++) {
    for (;;) {
      const reply = await api.ask(instance, { method: 'POST', path: '/api/articles', headers: {}, body: { title: 'recovered' } })
      if (reply?.status === 201) break
      if (performance.now() > end) {
        recorder.find({ name: 'no-recovery', sentence: `instance ${instance} takes no writes ${recoveredWithinMs / 1_000} s after the faults were over: ${reply === undefined ? 'it does not answer' : `${reply.status} ${JSON.stringify(reply.body)}`}` })
        break
      }
      await sleep(200)
    }
  }
}

/** Reads each document once more, so that what was acknowledged must be there. */
const readAll = async (documents: readonly string[], api: Api, recorder: Recorder): Promise<void> => {
  for (const document of documents) {
    const call: Call = { kind: 'read' }
    await recorder.record(-1, document, call, async () => resultOf(call, await api.ask(0, requestOf(document, call))))
  }
}

const startInstances = async (count: number, server: string, env: Readonly<Record<string, string>>, directory: string, died: (words: string) => void): Promise<ServiceInstance[]> => {
  const instances: ServiceInstance[] = []
  // One after the other, as the first creates the indexes.
  for (let i = 0; i < count; i++) {
    instances.push(await startInstance({ name: `instance ${i}`, server, clockFile: join(directory, `clock-${i}`), env, died }))
  }
  return instances
}

/** One run: starts everything, lets clients work and faults happen, and gives what was recorded. */
export const run = async ({ seconds, seed, faults, soak, clients, plant, readConcern, server, env, log, stop }: RunOptions): Promise<RunRecord> => {
  const directory = await mkdtemp(join(tmpdir(), 'noclobber-torture-service-'))
  const set = await startReplicaSet(log)
  const recorder = new Recorder()
  const instances = await startInstances(instanceCount, server, { ...env, MONGODB_URI: set.uri, MONGODB_DB: database, READ_CONCERN: readConcern }, directory, (words) => recorder.find({ name: 'service-died', sentence: words })).catch(async (error: unknown) => {
    await set.stop()
    throw error
  })
  const { clock } = recorder
  const urls = instances.map(({ url }) => url)
  const api = createApi(urls, clients * 2, clock, recorder.noted)
  const articles = new Documents(seed, 'a', articlesAtOnce)
  const ledgers = new Documents(seed, 'b', ledgersAtOnce)
  const stalls = watchStalls(clock)
  const primaries = watchPrimaries(set, clock)
  const over = new AbortController()
  const subscribers = await startSubscribers({ seed, seconds, firstNumber: clients, urls, api, recorder, articles, ledgers })
  try {
    const begun = clock()
    const working = Promise.all(Array.from({ length: clients }, (_, number) =>
      new Client({ number, api, recorder, random: randomStream(seed, number), articles, ledgers }).run(over.signal)))
    const planned = planFaults(seed, seconds, faults)
    const injecting = injectFaults(planned, { set, instances }, seed, () => clock() - begun, stop)
    const memory = soak ? watchMemory(instances, seconds, stop) : Promise.resolve([])
    await sleep(seconds * 1_000, undefined, { signal: stop }).catch(() => undefined)
    const injections = (await injecting).map((injection) => ({ ...injection, start: injection.start + begun, end: injection.end + begun }))
    const ended = clock()
    over.abort()
    await working
    await recovered(api, recorder)
    await readAll([...articles.used, ...ledgers.used], api, recorder)
    const endState = await readEndState(set.uri, database, api, ledgers.used, articles.used)
    const { operations, lines, creations, holds, found, slow } = recorder
    await subscribers.caughtUp(judgedOperations({ readConcern, operations, injections, primaries: [] }), creations)
    await subscribers.stop()
    const { subscriptions } = subscribers
    return { seconds, seed, readConcern, plant, operations, injections, lines, creations, holds, subscriptions, found, slow, stalls: stalls(), primaries: await primaries(), ended, endState, memory: await memory }
  } finally {
    over.abort()
    await subscribers.stop()
    stalls()
    await primaries()
    await api.close()
    await Promise.all(instances.map(async (instance) => {
      await instance.kill()
      await instance.proxy.close()
    }))
    await set.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
