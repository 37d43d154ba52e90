import { randomBytes } from 'node:crypto'
import Fastify from 'fastify'

/**
 * What a planted server does wrong, on one PUT in so many; all the rest is a right compare-and-set.
 * - `none`: nothing.
 * - `drop`: acknowledges and does not store.
 * - `double`: puts the added lines in twice.
 * - `double-version`: stores the same once more, as one version more.
 * - `reuse-version`: stores, and keeps the version.
 * - `put-back`: refuses with 409 and stores all the same.
 * - `stale-read`: answers a GET, not a PUT, with the version before.
 * - `hang-up-before`, `hang-up-after`: closes the connection before or after it stores: nothing is wrong with that.
 */
export type Fault = 'none' | 'drop' | 'double' | 'double-version' | 'reuse-version' | 'put-back' | 'stale-read' | 'hang-up-before' | 'hang-up-after'

interface Article { id: string, version: number, title: string, body: string }
interface ArticleFields { title: string, body: string }

const addTwice = (before: string, after: string): string => {
  const had = new Set(before.split('\n'))
  return after.split('\n').flatMap((line) => had.has(line) ? [line] : [line, line]).join('\n')
}

/** A server of articles in memory, whose tag is the version, with one fault in one of `every` requests; and its articles. */
export const plantedServer = (fault: Fault, every = Infinity) => {
  const app = Fastify()
  const articles = new Map<string, Article>()
  const before = new Map<string, Article>()
  let edits = 0
  let reads = 0

  app.post<{ Body: ArticleFields }>('/api/articles', async ({ body: { title, body } }, reply) => {
    const article = { id: randomBytes(12).toString('hex'), version: 1, title, body }
    articles.set(article.id, article)
    return reply.code(201).header('etag', '"1"').send(article)
  })

  app.get<{ Params: { id: string } }>('/api/articles/:id', async ({ params: { id } }, reply) => {
    const stale = fault === 'stale-read' && ++reads % every === 0
    const article = stale ? before.get(id) ?? articles.get(id) : articles.get(id)
    return reply.code(article === undefined ? 404 : 200).header('etag', `"${article?.version ?? 0}"`).send(article)
  })

  app.put<{ Params: { id: string }, Body: ArticleFields }>('/api/articles/:id', async ({ params: { id }, body: { title, body }, headers, socket }, reply) => {
    const stored = articles.get(id)
    if (stored === undefined) return reply.code(404).send()
    if (headers['if-match'] !== `"${stored.version}"`) {
      return reply.code(409).header('etag', `"${stored.version}"`).send({ error: 'Conflict', currentVersion: stored.version, current: stored })
    }
    const wrong = ++edits % every === 0
    const article = { ...stored, version: stored.version + 1, title, body }
    const store = (content: Article) => {
      before.set(id, stored)
      articles.set(id, content)
    }
    if (!wrong) store(article)
    else {
      switch (fault) {
        case 'drop': break
        case 'double': store({ ...article, body: addTwice(stored.body, body) }); break
        case 'double-version': store({ ...article, version: article.version + 1 }); break
        case 'reuse-version': article.version = stored.version; store(article); break
        case 'put-back':
          store(article)
          return reply.code(409).send({ error: 'Conflict' })
        case 'hang-up-before': socket.destroy(); return reply
        case 'hang-up-after': store(article); socket.destroy(); return reply
        case 'none':
        case 'stale-read': store(article)
      }
    }
    return reply.header('etag', `"${article.version}"`).send(article)
  })

  return { app, articles }
}
