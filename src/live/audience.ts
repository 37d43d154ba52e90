import type { Streamed } from './change-stream.js'
import type { Subscriber } from './subscriber.js'

const topicOf = (collection: string, id = ''): string => `${collection}/${id}`

/** The subscribers that are told of changes as they come, by what they asked for. */
export class Audience {
  readonly #topics = new Map<string, Set<Subscriber>>()

  add (subscriber: Subscriber): void {
    const { collection, id } = subscriber.subscription
    const topic = topicOf(collection, id)
    const subscribers = this.#topics.get(topic) ?? new Set()
    this.#topics.set(topic, subscribers.add(subscriber))
  }

  delete (subscriber: Subscriber): void {
    const { collection, id } = subscriber.subscription
    const topic = topicOf(collection, id)
    const subscribers = this.#topics.get(topic)
    subscribers?.delete(subscriber)
    if (subscribers?.size === 0) this.#topics.delete(topic)
  }

  /** Those who want a change. */
  of (streamed: Streamed): Subscriber[] {
    const { collection, change } = streamed
    if (change === undefined) return this.all().filter((subscriber) => subscriber.wants(streamed))
    return [topicOf(collection), topicOf(collection, change.id)].flatMap((topic) => [...this.#topics.get(topic) ?? []].filter((subscriber) => subscriber.wants(streamed)))
  }

  all (): Subscriber[] {
    return [...this.#topics.values()].flatMap((subscribers) => [...subscribers])
  }
}
