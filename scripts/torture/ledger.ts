import { requestOf } from './api.js'
import type { ClientContext } from './client.js'
import type { Call } from './history.js'
import { resultOf, shortened, type Reply } from './replies.js'

const mostTries = 6

const textOf = (document: unknown): string | undefined =>
  typeof document === 'object' && document !== null && 'body' in document && typeof document.body === 'string' ? document.body : undefined

/** Reads a ledger, adds a line to its text, writes it, and begins again from the current text where somebody else came first. */
export const addLine = async ({ number, api, recorder, random, ledgers }: ClientContext): Promise<void> => {
  const document = ledgers.pick(random.float())
  const ask = async (call: Call, body?: string): Promise<Reply | undefined> => {
    let reply: Reply | undefined
    await recorder.record(number, document, call, async () => {
      reply = await api.ask(api.pick(random), requestOf(document, call, body))
      return resultOf(call, reply)
    })
    return reply
  }
  const line = recorder.mark()
  const read = await ask({ kind: 'read' })
  if (read === undefined || ![200, 404].includes(read.status)) return
  let version = read.status === 404 ? 0 : Number(read.etag?.replaceAll('"', ''))
  let text = textOf(read.body) ?? ''
  for (let tries = 0; tries < mostTries; tries++) {
    const next = `${text}${line}\n`
    const call: Call = version === 0
      ? { kind: 'write', verb: 'create', condition: { kind: 'absent' }, title: 'ledger', body: shortened(next) }
      : { kind: 'write', verb: 'patch', condition: { kind: 'versions', versions: [version] }, body: shortened(next) }
    const reply = await ask(call, next)
    const result = resultOf(call, reply)
    if (result.kind === 'ok' || result.kind === 'unknown') {
      recorder.lines.push({ document, line, outcome: result.kind === 'ok' ? 'done' : 'unknown' })
      return
    }
    const current = textOf(reply?.body.current)
    if (result.kind !== 'refused' || current === undefined) break
    version = Number(reply?.body.currentVersion)
    text = current
  }
  recorder.lines.push({ document, line, outcome: 'not-done' })
}
