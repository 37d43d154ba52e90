/*
 * Find, compare, save, with Mongoose's `optimisticConcurrency`: `save()` repeats the version in the filter of its update
 * and throws a VersionError where it is no longer stored, so that no edit is lost (https://mongoosejs.com/docs/guide.html#optimisticConcurrency).
 */
import express, { type Request, type Response } from 'express'
import mongoose from 'mongoose'
import { expectedVersion } from './expected-version.js'
import { serve } from './serve.js'

const fields = {
  title: { type: String, required: true, maxlength: 200 },
  body: { type: String, default: '', maxlength: 100_000 },
  tags: { type: [String], default: [] }
}
const articleSchema = new mongoose.Schema(fields, { timestamps: true, optimisticConcurrency: true, versionKey: 'version' })

const Article = mongoose.model('Article', articleSchema)

type StoredArticle = InstanceType<typeof Article> & { version: number }
interface ArticleFields { title: string, body?: string, tags?: string[] }

const app = express()
app.use(express.json({ limit: '1mb' }))

const reply = (response: Response, article: StoredArticle) => {
  response.set('ETag', `"${article.version}"`).json(article)
}

const conflict = (response: Response, article: StoredArticle | null, yourVersion: number) => {
  response.status(409).json({
    error: 'Conflict',
    message: 'The resource has been modified by another user',
    currentVersion: article?.version,
    yourVersion,
    current: article
  })
}

app.post('/api/articles', async (request: Request<object, unknown, ArticleFields>, response) => {
  const { title, body = '', tags = [] } = request.body
  const article = await Article.create({ title, body, tags })
  reply(response.status(201), article)
})

app.get('/api/articles/:id', async (request, response) => {
  const article = await Article.findById<StoredArticle>(request.params.id)
  if (article === null) response.status(404).json({ error: 'Not Found' })
  else reply(response, article)
})

const edit = async (request: Request<{ id: string }, unknown, Partial<ArticleFields>>, response: Response) => {
  const article = await Article.findById<StoredArticle>(request.params.id)
  if (article === null) {
    response.status(404).json({ error: 'Not Found' })
    return
  }
  const yourVersion = expectedVersion(request)
  if (article.version !== yourVersion) {
    conflict(response, article, yourVersion)
    return
  }
  const { title, body, tags } = request.body
  article.set({ title: title ?? article.title, body: body ?? article.body, tags: tags ?? article.tags })
  try {
    await article.save()
  } catch (error) {
    if (!(error instanceof mongoose.Error.VersionError)) throw error
    conflict(response, await Article.findById<StoredArticle>(request.params.id), yourVersion)
    return
  }
  reply(response, article)
}

app.put('/api/articles/:id', edit)
app.patch('/api/articles/:id', edit)

await serve(app)
