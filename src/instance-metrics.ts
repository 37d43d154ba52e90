import cluster from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { errors } from './errors.js'

/*
 * Where several instances share a port, a scrape of /metrics reaches any one of them. That one asks the first process, which asks
 * all instances, by `AggregatorRegistry` of prom-client, and adds up.
 */

const ASK = 'noclobber:metrics'

interface Ask { readonly ask: typeof ASK, readonly id: number }
interface Answer { readonly answer: typeof ASK, readonly id: number, readonly text?: string }

const isAsk = (message: unknown): message is Ask => typeof message === 'object' && message !== null && 'ask' in message && message.ask === ASK
const isAnswer = (message: unknown): message is Answer => typeof message === 'object' && message !== null && 'answer' in message && message.answer === ASK

/** For the first process: answers the instances that ask. */
export const answerInstances = (): void => {
  const all = new AggregatorRegistry()
  cluster.on('message', (worker, message: unknown) => {
    if (!isAsk(message)) return
    const { id } = message
    const answer = (text?: string): void => {
      if (worker.isConnected()) worker.send({ answer: ASK, id, ...(text !== undefined && { text }) } satisfies Answer)
    }
    void all.clusterMetrics().then((text) => answer(text), () => answer())
  })
}

/** For an instance: a function that collects the metrics of all instances. Throws 503 where one doesn't tell within 5 s. */
export const collectFromInstances = (registry: Registry): (() => Promise<string>) => {
  AggregatorRegistry.setRegistries([registry])
  new AggregatorRegistry()
  const waiting = new Map<number, { resolve: (text: string) => void, reject: (error: Error) => void }>()
  let asked = 0
  process.on('message', (message: unknown) => {
    if (!isAnswer(message)) return
    const asker = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.text === undefined) asker?.reject(errors.unavailable({ detail: 'An instance of the service did not tell its metrics in time' }))
    else asker?.resolve(message.text)
  })
  return () => new Promise((resolve, reject) => {
    const id = asked++
    waiting.set(id, { resolve, reject })
    process.send?.({ ask: ASK, id } satisfies Ask)
  })
}
