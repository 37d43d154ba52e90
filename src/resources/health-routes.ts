import type { FastifyPluginCallback } from 'fastify'
import type { Db } from 'mongodb'
import { errors } from '../errors.js'
import '../plugins/running-requests.js'

/** `GET /health/live`: the process answers. `GET /health/ready`: the database has a primary that answers; 503 while it has none. */
export const healthRoutes: FastifyPluginCallback<{ db: Db }> = (app, { db }, done) => {
  const options = { config: { unlimited: true } }
  app.get('/health/live', options, () => ({ status: 'ok' }))
  app.get('/health/ready', options, async () => {
    const hello = await db.command({ hello: 1 }, { timeoutMS: 2_000 }).catch(() => undefined)
    if (hello?.isWritablePrimary !== true) throw errors.unavailable({ detail: 'The database cannot be reached, or has no primary' })
    return { status: 'ok' }
  })
  done()
}
