/*
 * The server that most articles on "409 Conflict" show: find the document, compare its version in the process, assign,
 * save. Two requests that both compare before either saves both pass, and the later save takes the other's edit away.
 */
import express, { type Request, type Response } from 'express'
import mongoose from 'mongoose'
import { expectedVersion } from './expected-version.js'
import { serve } from './serve.js'

const fields = {
  title: { type: String, required: true, maxlength: 200 },
  body: { type: String, default: '', maxlength: 100_000 },
  tags: { type: [String], default: [] },
  version: { type: Number, default: 1 }
}
const articleSchema = new mongoose.Schema(fields, { timestamps: true })

const Article = mongoose.model('Article', articleSchema)

interface ArticleFields { title: string, body?: string, tags?: string[] }

const app = express()
app.use(express.json({ limit: '1mb' }))

app.post('/api/articles', async (request: Request<object, unknown, ArticleFields>, response) => {
  const { title, body = '', tags = [] } = request.body
  const article = await Article.create({ title, body, tags })
  response.status(201).set('ETag', `"${article.version}"`).json(article)
})

app.get('/api/articles/:id', async (request, response) => {
  const article = await Article.findById(request.params.id)
  if (article === null) {
    response.status(404).json({ error: 'Not Found' })
    return
  }
  response.set('ETag', `"${article.version}"`).json(article)
})

const edit = async (request: Request<{ id: string }, unknown, Partial<ArticleFields>>, response: Response) => {
  const article = await Article.findById(request.params.id)
  if (article === null) {
    response.status(404).json({ error: 'Not Found' })
    return
  }
  const yourVersion = expectedVersion(request)
  if (article.version !== yourVersion) {
    response.status(409).json({
      error: 'Conflict',
      message: 'The resource has been modified by another user',
      currentVersion: article.version,
      yourVersion,
      current: article
    })
    return
  }
  const { title, body, tags } = request.body
  article.set({ title: title ?? article.title, body: body ?? article.body, tags: tags ?? article.tags })
  article.version += 1
  await article.save()
  response.set('ETag', `"${article.version}"`).json(article)
}

app.put('/api/articles/:id', edit)
app.patch('/api/articles/:id', edit)

await serve(app)
