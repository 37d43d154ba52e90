/*
 * The limit of one command per request: the driver in a bare loop, without HTTP. A process of its own; it makes its own load.
 * PUT is `findOneAndUpdate` on the version, GET is `findOne`, POST is `insertOne`.
 */
import { MongoClient, ObjectId } from 'mongodb'
import { article, longArticle, type Article } from './article.js'
import { Latencies } from './latencies.js'
import type { MeasureName } from './measures.js'
import type { Job, WorkerSample } from './sample.js'
import { doJobs } from './worker.js'

interface StoredArticle extends Article { _id: ObjectId, version: number }

const { MONGODB_URI = '', MONGODB_DB } = process.env
const writeConcern = { w: 'majority', j: true } as const
const client = new MongoClient(MONGODB_URI, { retryWrites: false, retryReads: false })
const collection = client.db(MONGODB_DB).collection<StoredArticle>('articles')
interface KnownDocument { readonly _id: ObjectId, version: number }

let documents: KnownDocument[] = []
/** Of about 100 kB, stored when they are needed. */
let longDocuments: KnownDocument[] = []
let edits = 0

type Step = (document: KnownDocument) => Promise<unknown>

const put = (contentOf: (edit: number) => Article): Step => async (document) => {
  const { _id, version } = document
  const after = await collection.findOneAndUpdate({ _id, version }, { $set: { ...contentOf(++edits) }, $inc: { version: 1 } }, { returnDocument: 'after', writeConcern })
  if (after?.version !== version + 1) throw new Error(`an update of version ${version} gave ${String(after?.version)}`)
  document.version = after.version
}

const steps: Partial<Record<MeasureName, Step>> = {
  PUT: put(article),
  'PUT-100k': put(longArticle),
  GET: async ({ _id, version }) => {
    const found = await collection.findOne({ _id }, { readConcern: { level: 'majority' } })
    if (found?.version !== version) throw new Error(`a find gave version ${String(found?.version)}, and ${version} is stored`)
  },
  POST: () => collection.insertOne({ _id: new ObjectId(), version: 1, ...article(++edits) }, { writeConcern })
}

const store = async (count: number, contentOf: (edit: number) => Article): Promise<KnownDocument[]> => {
  const made = Array.from({ length: count }, () => ({ _id: new ObjectId(), version: 1 }))
  await collection.insertMany(made.map((document) => ({ ...document, ...contentOf(++edits) })), { writeConcern })
  return made
}

const run = async ({ measure, connections, ms }: Extract<Job, { kind: 'run' }>): Promise<WorkerSample> => {
  const step = steps[measure]
  if (step === undefined) throw new Error(`the bare loop has no ${measure}`)
  if (measure === 'PUT-100k' && longDocuments.length === 0) longDocuments = await store(64, longArticle)
  const edited = measure === 'PUT-100k' ? longDocuments : documents
  const latencies = new Latencies()
  const end = performance.now() + ms
  await Promise.all(Array.from({ length: connections }, async (_, loop) => {
    const share = edited.filter((_, index) => index % connections === loop)
    for (let at = 0; performance.now() < end; at = (at + 1) % share.length) {
      const document = share[at]
      if (document === undefined) throw new Error('a loop has no document')
      const since = performance.now()
      await step(document)
      latencies.add(since)
    }
  }))
  return latencies.sample()
}

doJobs(async (job) => {
  if (job.kind === 'run') return run(job)
  if (job.kind !== 'prepare') throw new Error(`the bare loop has no ${job.kind}`)
  documents = await store(job.documents, article)
  return undefined
})
