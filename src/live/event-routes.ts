import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { byId, type ById, type ResourceContext } from '../resources/resource-routes.js'
import { printId } from '../versioned-store/id-form.js'
import { isRestricted } from '../sign-in/access.js'
import { changeJudge, readerJudge } from './change-judge.js'
import { readEventQuery } from './event-query.js'
import type { LiveEvents } from './live-events.js'

export interface EventRoutesOptions extends ResourceContext {
  readonly live: LiveEvents
}

const eventStream = 'text/event-stream'

/**
 * Events are on their way at once: nothing may keep or gather them. The connection is theirs alone, and ends with them, so that
 * a server that closes doesn't wait for it.
 */
const headers = { 'content-type': eventStream, 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no', connection: 'close' }

/**
 * `GET /events` and `GET /:id/events`: the changes of a resource, or of one document, as server-sent events
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html), from now on or after the event that Last-Event-ID names.
 */
export const eventRoutes: FastifyPluginCallback<EventRoutesOptions> = (app, { live, ...context }, done) => {
  const { resource } = context
  const members = Object.keys(resource.schemas.content.properties as object)
  if (isRestricted(resource)) live.judgeBy(resource.name, changeJudge(context), readerJudge(context))
  const config = { produces: [eventStream], longLived: true }

  const stream = async (request: FastifyRequest, reply: FastifyReply, id?: string): Promise<FastifyReply> => {
    const query = readEventQuery(request, resource, members, id)
    reply.headers(headers)
    if (request.method === 'HEAD') return reply.send()
    const lastEventId = request.headers['last-event-id']
    const subscriber = await live.subscribe({ collection: resource.name, id, ...query, request }, reply.raw, typeof lastEventId === 'string' ? lastEventId : undefined)
    return reply.send(subscriber.body)
  }

  app.get('/events', { config, compress: false }, (request, reply) => stream(request, reply))
  app.get<ById>('/:id/events', { config, compress: false, preValidation: byId(context).preValidation }, (request, reply) => {
    const _id = resource.idForm.parse(request.params.id)
    return stream(request, reply, _id && printId(_id))
  })
  done()
}
