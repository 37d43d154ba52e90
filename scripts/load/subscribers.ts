/*
 * Has many clients listen to the events of a collection while documents of it are edited, and proves whether each was told of each
 * edit, once and in the order of the versions.
 */
import { once } from 'node:events'
import { Agent, get, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadError } from './load-error.js'

interface Latency { readonly p50: number, readonly p95: number, readonly max: number }

/** What a run came to. */
export interface SubscribersSummary {
  readonly subscribers: number
  readonly edits: number
  /** From the acknowledgement of an edit until the last subscriber has its event, in ms; 0 where all had it before. */
  readonly fromAcknowledged: Latency
  /** The same, from when the edit was sent. */
  readonly fromSent: Latency
  /** How much larger the process of the service was with the subscribers than without, in bytes for each; undefined where /metrics doesn't say. */
  readonly bytesPerSubscriber: number | undefined
  /** Events that a subscriber wasn't told of, was told of twice, or after one of a later version. */
  readonly missed: number
  readonly doubled: number
  readonly outOfOrder: number
  /** Subscribers that were cut off, and `resync` events. */
  readonly cutOff: number
  readonly resyncs: number
}

export interface SubscribersRun {
  readonly collection: URL
  readonly headers: Readonly<Record<string, string>>
  readonly subscribers: number
  readonly documents: number
  readonly edits: number
  readonly editsPerSecond: number
  /** After how long without any event what has not come counts as missed, in ms. */
  readonly silenceMs: number
  readonly stop: AbortSignal
}

/** So many connect at once: more would only wait in the backlog of the server. */
const connectAtOnce = 50
/** How long the service rests before its memory is read, in ms. */
const restMs = 1_000

const keyOf = (id: unknown, version: unknown): string => `${String(id)} ${String(version)}`

/** When the last of the subscribers was told of a version, and how many were. */
class Deliveries {
  readonly #told = new Map<string, { count: number, lastAt: number }>()
  total = 0
  doubled = 0
  outOfOrder = 0
  resyncs = 0

  /** Notes an event of a subscriber, which knows the last versions that it was told of. */
  note (known: Map<unknown, number>, seen: Set<string>, { id, version, kind }: { id?: unknown, version?: unknown, kind?: unknown }): void {
    if (kind === 'resync' || typeof version !== 'number') { this.resyncs++; return }
    const key = keyOf(id, version)
    if (seen.has(key)) { this.doubled++; return }
    seen.add(key)
    if (version < (known.get(id) ?? 0)) this.outOfOrder++
    else known.set(id, version)
    const told = this.#told.get(key) ?? { count: 0, lastAt: 0 }
    this.#told.set(key, { count: told.count + 1, lastAt: performance.now() })
    this.total++
  }

  of (key: string): { readonly count: number, readonly lastAt: number } {
    return this.#told.get(key) ?? { count: 0, lastAt: 0 }
  }
}

/** Resolves when the stream has begun: a comment says from where. */
const subscribe = async (url: URL, headers: SubscribersRun['headers'], agent: Agent, deliveries: Deliveries, onClose: () => void): Promise<() => void> => {
  const request = get(url, { agent, headers: { ...headers, accept: 'text/event-stream' } })
  const [response] = await once(request, 'response') as [IncomingMessage]
  if (response.statusCode !== 200) {
    request.destroy()
    throw new LoadError(`a subscriber was answered ${String(response.statusCode)}: see MAX_SUBSCRIBERS and --header`)
  }
  const known = new Map<unknown, number>()
  const seen = new Set<string>()
  let text = ''
  let stopped = false
  let begin: () => void = () => undefined
  const begun = new Promise<void>((resolve) => { begin = resolve })
  response.setEncoding('utf8').on('data', (chunk: string) => {
    const blocks = (text + chunk).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const data = /^data: (.*)$/m.exec(block)?.[1]
      if (data !== undefined) deliveries.note(known, seen, JSON.parse(data) as Record<string, unknown>)
      else if (/^id: /m.test(block)) begin()
    }
  })
  response.on('error', () => undefined).once('close', () => { if (!stopped) onClose() })
  await begun
  return () => {
    stopped = true
    request.destroy()
  }
}

const residentBytes = async ({ origin }: URL): Promise<number | undefined> => {
  const reply = await fetch(`${origin}/metrics`).catch(() => undefined)
  const [, bytes] = /^process_resident_memory_bytes (\S+)$/m.exec(reply?.ok === true ? await reply.text() : '') ?? []
  return bytes === undefined ? undefined : Number(bytes)
}

const latencyOf = (times: readonly number[]): Latency => {
  const sorted = times.map((ms) => Math.max(0, ms)).sort((a, b) => a - b)
  return { p50: quantile(sorted, 0.5), p95: quantile(sorted, 0.95), max: sorted.at(-1) ?? 0 }
}

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0

/** Throws LoadError where subscribers or edits are refused. */
export const runSubscribers = async ({ collection, headers, subscribers, documents, edits, editsPerSecond, silenceMs, stop }: SubscribersRun): Promise<SubscribersSummary> => {
  const agent = new Agent({ maxSockets: Infinity, keepAlive: false })
  const deliveries = new Deliveries()
  const ends: (() => void)[] = []
  let cutOff = 0
  const send = async (method: string, url: string, body: object, more: Record<string, string> = {}): Promise<{ id: string, version: number }> => {
    const reply = await fetch(url, { method, body: JSON.stringify(body), headers: { ...headers, 'content-type': 'application/json', ...more } })
    if (!reply.ok) throw new LoadError(`${method} of ${url} was answered ${reply.status}`)
    return await reply.json() as { id: string, version: number }
  }
  try {
    const edited = await Promise.all(Array.from({ length: documents }, () => send('POST', collection.href, { title: 'Load test' })))
    const url = new URL(`${collection.href}/events`)
    // The first opens the change stream, and what goes with it.
    ends.push(await subscribe(url, headers, agent, deliveries, () => { cutOff++ }))
    await sleep(restMs)
    const before = await residentBytes(collection)
    while (ends.length < subscribers && !stop.aborted) {
      const count = Math.min(connectAtOnce, subscribers - ends.length)
      ends.push(...await Promise.all(Array.from({ length: count }, () => subscribe(url, headers, agent, deliveries, () => { cutOff++ }))))
    }
    const acknowledged = new Map<string, { readonly sentAt: number, readonly at: number }>()
    const startedAt = performance.now()
    for (let edit = 0; edit < edits && !stop.aborted; edit++) {
      await sleep(Math.max(0, startedAt + edit * 1_000 / editsPerSecond - performance.now()))
      const at = edit % documents
      const document = edited[at]
      if (document === undefined) continue
      const sentAt = performance.now()
      const next = await send('PATCH', `${collection.href}/${document.id}`, { body: `edit ${edit}` }, { 'if-match': `"${document.version}"` })
      acknowledged.set(keyOf(next.id, next.version), { sentAt, at: performance.now() })
      edited[at] = next
    }
    const due = acknowledged.size * ends.length
    for (let [total, since] = [-1, performance.now()]; deliveries.total < due && performance.now() - since < silenceMs;) {
      if (deliveries.total > total) [total, since] = [deliveries.total, performance.now()]
      await sleep(20)
    }
    await sleep(restMs)
    const after = await residentBytes(collection)
    return {
      subscribers: ends.length,
      edits: acknowledged.size,
      fromAcknowledged: latencyOf([...acknowledged].map(([key, { at }]) => deliveries.of(key).lastAt - at)),
      fromSent: latencyOf([...acknowledged].map(([key, { sentAt }]) => deliveries.of(key).lastAt - sentAt)),
      bytesPerSubscriber: before === undefined || after === undefined || ends.length < 2 ? undefined : Math.max(0, Math.round((after - before) / (ends.length - 1))),
      missed: [...acknowledged.keys()].reduce((sum, key) => sum + ends.length - deliveries.of(key).count, 0),
      doubled: deliveries.doubled,
      outOfOrder: deliveries.outOfOrder,
      cutOff,
      resyncs: deliveries.resyncs
    }
  } finally {
    for (const end of ends) end()
    agent.destroy()
  }
}

/** Whether each was told of each edit, once and in order. */
export const toldAll = ({ edits, missed, doubled, outOfOrder, cutOff, resyncs }: SubscribersSummary): boolean =>
  edits > 0 && missed + doubled + outOfOrder + cutOff + resyncs === 0

const latencyText = ({ p50, p95, max }: Latency): string => `p50 ${p50.toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, max ${max.toFixed(1)} ms`

/** What a run came to, for people. */
export const subscribersText = (summary: SubscribersSummary): string => {
  const { subscribers, edits, fromAcknowledged, fromSent, bytesPerSubscriber, missed, doubled, outOfOrder, cutOff, resyncs } = summary
  return [
    `${subscribers} subscribers, ${edits} edits`,
    `  from the acknowledgement of an edit until all have its event: ${latencyText(fromAcknowledged)}`,
    `  from when it was sent: ${latencyText(fromSent)}`,
    `  memory of the service for each: ${bytesPerSubscriber === undefined ? 'not known, as it has no /metrics' : `${(bytesPerSubscriber / 1024).toFixed(1)} kB`}`,
    `  ${toldAll(summary) ? 'ok' : 'FAILED'}: ${missed} events missed, ${doubled} doubled, ${outOfOrder} out of order; ${cutOff} subscribers cut off, ${resyncs} told to resync`
  ].join('\n')
}
