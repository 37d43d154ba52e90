import { PassThrough } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { securityHeadersPlugin } from '../../../src/plugins/security-headers.js'
import { LoadError } from '../load-error.js'
import type { Board } from './board.js'
import type { PageFile } from './build.js'
import { refusalOf } from './form.js'
import { optionNames, type Refusal, type RunForm, type Told } from './state.js'

export interface DashboardServer {
  readonly board: Board
  readonly page: readonly PageFile[]
  /** Begins the runs that are asked for; throws LoadError for options that can't be. */
  readonly start: (form: RunForm) => void
  /** Ends the run that goes on; it is judged all the same. */
  readonly stop: () => void
}

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml' }

/** How many bytes may wait for one who doesn't read them; then the stream ends, and the browser asks for a new one. */
const mostWaiting = 4_000_000

const text = { type: 'string', maxLength: 200 } as const

const formSchema = {
  type: 'object',
  required: [...optionNames, 'servers'],
  additionalProperties: false,
  properties: { ...Object.fromEntries(optionNames.map((name) => [name, text])), servers: { type: 'array', maxItems: 10, items: text } }
} as const

const loopback = ['127.0.0.1', 'localhost']

/**
 * The dashboard over HTTP: its page at `/`, `GET /events` (server-sent events, each a `Told` as JSON), `POST /runs` (a `RunForm`; 202,
 * 400 with a `Refusal`, 409 where one goes on) and `POST /stop`. It answers only to the names of loopback, and to no page but
 * its own: a site elsewhere that a browser has open can't start a run.
 */
export const buildDashboardServer = async ({ board, page, start, stop }: DashboardServer): Promise<FastifyInstance> => {
  const app = Fastify({ forceCloseConnections: true, bodyLimit: 16_384, ajv: { customOptions: { removeAdditional: false, coerceTypes: false } } })
  await app.register(securityHeadersPlugin)

  app.addHook('onRequest', async ({ hostname, host, headers: { origin } }, reply) => {
    if (loopback.includes(hostname) && (origin === undefined || origin === `http://${host}`)) return
    return await reply.code(403).send({ message: 'only the page itself, on 127.0.0.1 or localhost, may ask' })
  })

  for (const { name, content } of page) {
    const type = types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream'
    app.get(name === 'index.html' ? '/' : `/${name}`, (_request, reply) => reply.type(`${type}; charset=utf-8`).header('cache-control', 'no-cache').send(Buffer.from(content)))
  }

  app.get('/events', (_request, reply) => {
    const stream = new PassThrough()
    const leave = board.listen((told: Told) => {
      stream.write(`data: ${JSON.stringify(told)}\n\n`)
      if (told.kind === 'end') stream.end()
      else if (stream.writableLength > mostWaiting) stream.destroy()
    })
    stream.once('close', leave)
    return reply.type('text/event-stream').header('cache-control', 'no-store').send(stream)
  })

  app.post<{ Body: RunForm, Reply: Refusal | undefined }>('/runs', { schema: { body: formSchema } }, async ({ body }, reply) => {
    if (board.running) return await reply.code(409).send({ message: 'a run goes on: stop it first, or wait for its end', option: undefined })
    try {
      start(body)
      return await reply.code(202).send(undefined)
    } catch (error) {
      if (!(error instanceof LoadError)) throw error
      return await reply.code(400).send(refusalOf(error))
    }
  })

  app.post('/stop', async (_request, reply) => {
    stop()
    return await reply.code(202).send()
  })
  return app
}
