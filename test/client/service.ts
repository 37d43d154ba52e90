import { Type } from '@sinclair/typebox'
import type { Test } from 'tap'
import { createClient, type Client, type ClientOptions } from '../../src/client/index.js'
import { articles } from '../../src/resources/articles.js'
import { defineResource, type DocumentOf } from '../../src/resources/resource.js'
import { users } from '../../src/resources/users.js'
import { buildTestApp, listen } from '../app.js'

export type Article = DocumentOf<typeof articles> & { status: string }
export type User = DocumentOf<typeof users>

export const counters = defineResource({ name: 'counters', noun: 'counter', schema: Type.Object({ count: Type.Integer({ default: 0 }), note: Type.Optional(Type.Union([Type.String(), Type.Null()])) }) })
export type Counter = DocumentOf<typeof counters>

/** The whole service over real HTTP: its base URL. It closes with the test. */
export const startService = async (t: Test): Promise<string> => {
  const { app } = await buildTestApp(t, { resources: [articles, users, counters] })
  return await listen(app)
}

/** One request that a client has sent, and what came back. */
export interface Sent {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
  readonly status: number
}

/** A client that notes what it sends. */
export const recordingClient = <T extends object>(options: ClientOptions): { readonly client: Client<T>, readonly sent: Sent[] } => {
  const sent: Sent[] = []
  const fetchFirst = options.fetch ?? ((url, init) => fetch(url, init))
  const client = createClient<T>({
    ...options,
    fetch: async (url, init) => {
      const response = await fetchFirst(url, init)
      const { pathname, search } = new URL(url)
      sent.push({
        method: init.method ?? '', path: `${pathname}${search}`, headers: Object.fromEntries(new Headers(init.headers)), status: response.status,
        body: typeof init.body === 'string' ? JSON.parse(init.body) as unknown : undefined
      })
      return response
    }
  })
  return { client, sent }
}

/** What was sent, in short: `PUT "5" 200`. */
export const inShort = (sent: readonly Sent[]): string[] => sent.map(({ method, headers, status }) => [method, headers['if-match'], status].filter((part) => part !== undefined).join(' '))
