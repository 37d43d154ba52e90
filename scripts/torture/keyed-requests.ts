import { setTimeout as sleep } from 'node:timers/promises'
import { requestOf, type Request } from './api.js'
import type { ClientContext } from './client.js'
import type { Result, WriteCall } from './history.js'
import { problemOf, resultOf, type Reply } from './replies.js'

const mostTries = 5
const pauseMs = 100

/** Sends a request with its key twice at once, to two instances, and again until an answer is final. All replies. */
const askUntilFinal = async ({ api, random }: ClientContext, request: Request): Promise<(Reply | undefined)[]> => {
  const first = api.pick(random)
  const replies: (Reply | undefined)[] = await Promise.all(random.int(2) === 0 ? [api.ask(first, request), api.ask((first + 1) % api.instances, request)] : [api.ask(first, request)])
  const isFinal = (reply: Reply | undefined): boolean => reply !== undefined && reply.status !== 503 && problemOf(reply) !== 'request-in-progress'
  for (let tries = replies.length; !replies.some(isFinal) && tries < mostTries; tries++) {
    await sleep(pauseMs)
    replies.push(await api.ask(api.pick(random), request))
  }
  return replies
}

/** What the replies to one key say together: a success once is a success, a refusal holds only where none was done. */
const combined = (call: WriteCall, replies: readonly (Reply | undefined)[]): Result => {
  const results = replies.map((reply) => resultOf(call, reply))
  return results.find(({ kind }) => kind === 'ok') ?? results.findLast(({ kind }) => kind === 'refused') ?? results.find(({ kind }) => kind === 'unknown') ?? { kind: 'not-applied' }
}

const isDone = (reply: Reply | undefined): reply is Reply => reply !== undefined && reply.status < 300

/** Requests that are sent more than once with the same Idempotency-Key, which must have one effect and one answer. */
export const requestTwice = {
  /** A write of one document. */
  write: async (context: ClientContext, document: string, call: WriteCall): Promise<Result> => {
    const replies = await askUntilFinal(context, requestOf(document, call))
    const done = replies.filter(isDone)
    const { recorder } = context
    if (new Set(done.map(({ etag, body }) => `${String(etag)} ${JSON.stringify(body)}`)).size > 1) recorder.find({ name: 'key-two-answers', document, sentence: `key ${String(call.key)} was answered with ${done.map(({ etag }) => String(etag)).join(' and ')}` })
    const refused = replies.find((reply) => reply !== undefined && reply.status >= 400 && reply.status < 500 && problemOf(reply) !== 'request-in-progress')
    if (done.length > 0 && refused !== undefined) recorder.find({ name: 'key-refused-after-done', document, sentence: `key ${String(call.key)} was done, and also answered ${refused.status} ${problemOf(refused)}` })
    return combined(call, replies)
  },
  /** A POST that creates a document. */
  create: async (context: ClientContext): Promise<void> => {
    const { recorder } = context
    const title = `post-${recorder.mark()}`
    const start = recorder.clock()
    const replies = await askUntilFinal(context, { method: 'POST', path: '/api/articles', headers: { 'idempotency-key': `"${title}"` }, body: { title } })
    const ids = [...new Set(replies.filter(isDone).map(({ body }) => String(body.id)))]
    const isOpen = replies.some((reply) => reply === undefined || (reply.status >= 500 && reply.body.outcome !== 'not-applied'))
    recorder.creations.push({ start, title, ids, outcome: ids.length > 0 ? 'done' : isOpen ? 'unknown' : 'not-done' })
  }
}
