/* The load generator: a process of its own, so that its CPU time is nobody else's. */
import { HttpConnection } from './http-connection.js'
import { httpRequests, type HttpRequests } from './http-requests.js'
import { HotSheet } from './hot-sheet.js'
import { etagOf, expectStatus, idOf, put, work, type KnownDocument } from './http-work.js'
import { Latencies } from './latencies.js'
import { connectionsOf } from './measures.js'
import type { Job, WorkerSample } from './sample.js'
import { doJobs } from './worker.js'

interface Collection {
  readonly url: URL
  readonly requests: HttpRequests
  readonly documents: readonly KnownDocument[]
  readonly hot: KnownDocument
  readonly sheet: HotSheet
  /** Of about 100 kB, stored when they are needed. */
  readonly long: KnownDocument[]
}

const collections = new Map<string, Collection>()
let edits = 0
const nextEdit = () => ++edits

const withConnections = async <T>(url: URL, count: number, use: (connections: readonly HttpConnection[]) => Promise<T>): Promise<T> => {
  const connections = await Promise.all(Array.from({ length: count }, () => HttpConnection.open(url)))
  try {
    return await use(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

const create = async (connection: HttpConnection, requests: HttpRequests): Promise<KnownDocument> => {
  const reply = expectStatus(await connection.send(requests.post(nextEdit())), 201)
  const etag = etagOf(reply)
  return { id: idOf(reply), etag, before: etag }
}

const remember = (contender: string, url: URL, requests: HttpRequests, documents: readonly KnownDocument[]): void => {
  const [hot, ...others] = documents
  if (hot === undefined) throw new Error('there are no documents')
  collections.set(contender, { url, requests, documents: others.length > 0 ? others : documents, hot, sheet: new HotSheet(url), long: [] })
}

const prepare = async ({ contender, collection, documents }: Extract<Job, { kind: 'prepare' }>): Promise<void> => {
  const url = new URL(collection)
  const requests = httpRequests(url)
  const made = await withConnections(url, connectionsOf('POST'), async (connections) => Promise.all(connections.map(async (connection, at) => {
    const share: KnownDocument[] = []
    for (let count = at; count < documents; count += connections.length) {
      const document = await create(connection, requests)
      await put({ connection, requests, nextEdit }, document)
      share.push(document)
    }
    return share
  })))
  remember(contender, url, requests, made.flat())
}

const known = (contender: string): Collection => {
  const collection = collections.get(contender)
  if (collection === undefined) throw new Error('not prepared')
  return collection
}

const shareOf = (documents: readonly KnownDocument[], connections: number, at: number): KnownDocument[] =>
  documents.filter((_, index) => index % connections === at)

/** The number of a version, where its tag is one. */
const versionOf = (etag: string): number | undefined => /^"\d+"$/.test(etag) ? Number(etag.slice(1, -1)) : undefined

const versionOfHot = async ({ url, requests, hot }: Collection): Promise<number | undefined> => {
  const { etag = '' } = await withConnections(url, 1, async ([connection]) => {
    if (connection === undefined) throw new Error('no connection')
    return expectStatus(await connection.send(requests.get(hot.id)), 200)
  })
  return versionOf(etag)
}

/** Whether so many ms have gone by. */
const after = (ms: number): (() => boolean) => {
  const end = performance.now() + ms
  return () => performance.now() >= end
}

const storeSome = ({ url, requests }: Collection, count: number): Promise<KnownDocument[]> =>
  withConnections(url, connectionsOf('POST'), async (connections) => (await Promise.all(connections.map(async (connection, at) => {
    const made: KnownDocument[] = []
    for (let number = at; number < count; number += connections.length) made.push(await create(connection, requests))
    return made
  }))).flat())

const run = async ({ contender, measure, connections: count, ms }: Extract<Job, { kind: 'run' }>): Promise<WorkerSample> => {
  const collection = known(contender)
  const { url, requests, hot, long } = collection
  if (measure === 'hot-merge') return await withConnections(url, count, (connections) => collection.sheet.edit(connections, { nextEdit, over: after(ms) }))
  if (measure === 'PUT-100k' && long.length === 0) long.push(...await storeSome(collection, 64))
  const documents = measure === 'PUT-100k' ? long : collection.documents
  const isHot = measure.startsWith('hot')
  const first = isHot ? await versionOfHot(collection) : undefined
  const sample = await withConnections(url, count, async (connections) => {
    const latencies = new Latencies()
    const over = after(ms)
    await Promise.all(connections.map((connection, at) => work[measure]({ connection, requests, documents: shareOf(documents, count, at), hot, latencies, nextEdit, over })))
    return latencies.sample()
  })
  const last = isHot ? await versionOfHot(collection) : undefined
  return first === undefined || last === undefined ? sample : { ...sample, lost: sample.done - (last - first) }
}

const edit = async ({ contender, connections: count, times }: Extract<Job, { kind: 'edit' }>): Promise<void> => {
  const { url, requests, documents } = known(contender)
  await withConnections(url, count, (connections) => Promise.all(connections.map(async (connection, at) => {
    const share = shareOf(documents, count, at)
    for (let time = 0; time < times; time++) for (const document of share) await put({ connection, requests, nextEdit }, document)
  })))
}

doJobs(async (job) => {
  switch (job.kind) {
    case 'prepare': await prepare(job); return undefined
    case 'adopt': {
      const url = new URL(job.collection)
      remember(job.contender, url, httpRequests(url), job.ids.map((id) => ({ id, etag: '"1"', before: '"1"' })))
      return undefined
    }
    case 'edit': await edit(job); return undefined
    case 'run': return run(job)
  }
})
