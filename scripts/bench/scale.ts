import { MongoClient, ObjectId, type Db } from 'mongodb'
import { LoadError } from '../load/load-error.js'
import { articleJson } from './article.js'
import { serverEnv, startService, type Arena, type Contender } from './contenders.js'
import { connectionsOf } from './measures.js'
import type { BenchOptions } from './options.js'
import type { Cell } from './results.js'
import { runRounds } from './rounds.js'

/** How PUT and GET do with more of something: `sizes` documents, or with the `sizes`th version of a document. */
export interface ScaleResult {
  readonly of: 'documents' | 'versions'
  readonly sizes: readonly number[]
  /** By measure, and for each in the order of `sizes`. */
  readonly cells: readonly Cell[]
}

const measures = ['PUT', 'GET'] as const
const batch = 2000
/** Most documents that are read and changed, evenly spread over the collection: more than there are requests in a run. */
const mostTouched = 20_000
/** Documents whose versions grow, each with a connection to itself; one more is there for the hot document, which isn't used. */
const grown = 4

type Progress = (line: string) => void

/** Stores copies of a document that the service has made until there are `size`; the ids of those to work with. */
const fill = async (db: Db, size: number, progress: Progress, signal: AbortSignal): Promise<string[]> => {
  const collection = db.collection('articles')
  const template = await collection.findOne()
  if (template === null) throw new LoadError('the service stored no article')
  const step = Math.max(1, Math.floor(size / mostTouched))
  const ids: string[] = []
  for (let stored = 1; stored < size; stored += batch) {
    signal.throwIfAborted()
    const copies = Array.from({ length: Math.min(batch, size - stored) }, () => ({ ...template, _id: new ObjectId() }))
    copies.forEach(({ _id }, index) => { if ((stored + index) % step === 0) ids.push(_id.toHexString()) })
    await collection.insertMany(copies, { ordered: false, writeConcern: { w: 1 } })
    progress(`storing ${size} documents: ${stored}`)
  }
  return ids
}

/** In an order that is the same each time and has nothing to do with that of creation. */
const shuffled = (ids: readonly string[]): string[] => ids.map((id, index) => ({ id, key: (index * 2_654_435_761) % 4_294_967_296 })).toSorted((a, b) => a.key - b.key).map(({ id }) => id)

const post = async (collection: string): Promise<void> => {
  const { status } = await fetch(collection, { method: 'POST', headers: { 'content-type': 'application/json' }, body: articleJson(0) })
  if (status !== 201) throw new LoadError(`a POST was answered with ${status}`)
}

const ofSize = async (size: number, { mongodbUri, generator, options: { server } }: Arena, progress: Progress, signal: AbortSignal): Promise<Contender> => {
  const env = serverEnv(`scale${size}`, mongodbUri)
  const contender = `${size} documents`
  const client = new MongoClient(mongodbUri)
  const service = await startService(contender, server, env)
  try {
    const collection = `${service.origin}/api/articles`
    await post(collection)
    const ids = await fill(client.db(env.MONGODB_DB), size, progress, signal)
    await generator.ask({ kind: 'adopt', contender, collection, ids: shuffled(ids) })
  } catch (error) {
    await service.stop()
    throw error
  } finally {
    await client.close()
  }
  return { name: 'ours', pid: service.pid, run: (job) => generator.run({ ...job, kind: 'run', contender }), stop: () => service.stop() }
}

const byDocuments = async ({ sizes, seconds, rounds }: BenchOptions, arena: Arena, mongodPid: number, progress: Progress, signal: AbortSignal): Promise<ScaleResult> => {
  const contenders: Contender[] = []
  try {
    for (const size of sizes) contenders.push(await ofSize(size, arena, progress, signal))
    const cells = await runRounds({ contenders, measures, rounds, ms: seconds * 1000, mongodPid, signal, onRun: (_, measure, round) => progress(`${measure} by number of documents: round ${round} of ${rounds}`) })
    return { of: 'documents', sizes, cells }
  } finally {
    for (const contender of contenders) await contender.stop()
  }
}

const byVersions = async ({ versions, seconds, rounds, server }: BenchOptions, { mongodbUri, generator }: Arena, mongodPid: number, progress: Progress, signal: AbortSignal): Promise<ScaleResult> => {
  const service = await startService('versions', server, serverEnv('versions', mongodbUri), { HISTORY_LIMIT: '50' })
  try {
    const collection = `${service.origin}/api/articles`
    const make = (contender: string) => generator.ask({ kind: 'prepare', contender, collection, documents: connectionsOf('PUT') + grown + 1 })
    const [young, old] = ['first versions', 'late versions']
    progress(`writing ${versions} versions`)
    await make(old)
    await generator.ask({ kind: 'edit', contender: old, connections: grown, times: versions })
    const inTurn = (contender: string, before: () => Promise<void>): Contender => ({
      name: 'ours',
      pid: service.pid,
      run: async (job) => {
        await before()
        return generator.run({ ...job, kind: 'run', contender })
      },
      stop: () => service.stop()
    })
    const contenders = [inTurn(young, () => make(young)), inTurn(old, () => Promise.resolve())]
    const cells = await runRounds({ contenders, measures, rounds, ms: seconds * 1000, mongodPid, signal, connections: () => grown, onRun: (_, measure, round) => progress(`${measure} by version: round ${round} of ${rounds}`) })
    return { of: 'versions', sizes: [1, versions], cells }
  } finally {
    await service.stop()
  }
}

/** Measures PUT and GET with more and more documents, and with documents of many versions. */
export const measureScale = async (options: BenchOptions, arena: Arena, mongodPid: number, progress: Progress, signal: AbortSignal): Promise<ScaleResult[]> =>
  [await byDocuments(options, arena, mongodPid, progress, signal), await byVersions(options, arena, mongodPid, progress, signal)]
