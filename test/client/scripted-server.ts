import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

export interface ScriptedReply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** As JSON, unless it is a string. */
  readonly body?: unknown
}

/** Answers a request; `body` is what it held, parsed. */
export type Answer = (request: IncomingMessage, body: unknown) => ScriptedReply

/** A bare HTTP server that answers as a test says: another API than that of this service. It ends with the test. */
export const startScriptedServer = async (t: Test, answer: Answer): Promise<string> => {
  const server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) text += chunk
      const { status, headers = {}, body } = answer(request, text === '' ? undefined : JSON.parse(text))
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
    })()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => { server.closeAllConnections(); server.close() })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Gives these replies in turn, and the last one from then on. */
export const inTurn = (...replies: readonly ScriptedReply[]): Answer => {
  let next = 0
  return () => replies[Math.min(next++, replies.length - 1)] ?? { status: 500 }
}
