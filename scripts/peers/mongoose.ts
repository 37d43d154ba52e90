/*
 * Find, compare, save, with Mongoose's `optimisticConcurrency`: `save()` repeats the version in the filter of its update
 * and throws a VersionError where it is no longer stored, so that no edit is lost (https://mongoosejs.com/docs/guide.html#optimisticConcurrency).
 */
import express, { type Request, type Response } from 'express'
import mongoose from 'mongoose'
import { expectedVersion } from './expected-version.js'
import { serve } from './serve.js'
import { fields as sheetFields } from './sheet-fields.js'

interface Versioned { version: number }
type Stored = mongoose.HydratedDocument<Versioned>

const app = express()
app.use(express.json({ limit: '1mb' }))

const reply = (response: Response, document: Stored) => {
  response.set('ETag', `"${document.version}"`).json(document)
}

const conflict = (response: Response, document: Stored | null, yourVersion: number) => {
  response.status(409).json({
    error: 'Conflict',
    message: 'The resource has been modified by another user',
    currentVersion: document?.version,
    yourVersion,
    current: document
  })
}

const versioned = { timestamps: true, optimisticConcurrency: true, versionKey: 'version' } as const

/** The routes of one collection, whose clients send these fields. */
const serveCollection = (path: string, Model: mongoose.Model<Versioned>, fields: readonly string[]) => {
  const sentFields = (body: Readonly<Record<string, unknown>>) => Object.fromEntries(Object.entries(body).filter(([field]) => fields.includes(field)))

  app.post(path, async (request: Request<object, unknown, Record<string, unknown>>, response) => {
    reply(response.status(201), await new Model(sentFields(request.body)).save())
  })

  app.get(`${path}/:id`, async (request, response) => {
    const document = await Model.findById(request.params.id)
    if (document === null) response.status(404).json({ error: 'Not Found' })
    else reply(response, document)
  })

  const edit = async (request: Request<{ id: string }, unknown, Record<string, unknown>>, response: Response) => {
    const document = await Model.findById(request.params.id)
    if (document === null) {
      response.status(404).json({ error: 'Not Found' })
      return
    }
    const yourVersion = expectedVersion(request)
    if (document.version !== yourVersion) {
      conflict(response, document, yourVersion)
      return
    }
    document.set(sentFields(request.body))
    try {
      await document.save()
    } catch (error) {
      if (!(error instanceof mongoose.Error.VersionError)) throw error
      conflict(response, await Model.findById(request.params.id), yourVersion)
      return
    }
    reply(response, document)
  }
  app.put(`${path}/:id`, edit)
  app.patch(`${path}/:id`, edit)
}

const articleSchema = new mongoose.Schema<Versioned>({}, versioned)
articleSchema.path('title', { type: String, required: true, maxlength: 200 })
articleSchema.path('body', { type: String, default: '', maxlength: 100_000 })
articleSchema.path('tags', { type: [String], default: [] })
const sheetSchema = new mongoose.Schema<Versioned>({}, versioned)
for (const field of sheetFields) sheetSchema.path(field, { type: String, maxlength: 200 })

serveCollection('/api/articles', mongoose.model<Versioned>('Article', articleSchema), ['title', 'body', 'tags'])
serveCollection('/api/sheets', mongoose.model<Versioned>('Sheet', sheetSchema), sheetFields)

await serve(app)
