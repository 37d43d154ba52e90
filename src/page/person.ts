import { signal, type Signal } from '@preact/signals'
import { createClient, type Client } from '../client/index.js'
import type { Article } from './article.js'
import { createExchangeLog, type ExchangeLog } from './exchanges.js'

export const articlesUrl = '/api/articles'

/** Someone who edits on this page, with a client of their own, so that two of them are as far apart as on two machines. */
export interface Person {
  /** What the page calls them. */
  readonly name: string
  readonly client: Client<Article>
  readonly log: ExchangeLog
  /** The bearer token of their sign-in; empty where there is none. */
  readonly token: Signal<string>
  /** Whether the service asks them to sign in. */
  readonly refused: Signal<boolean>
  readonly headers: () => Record<string, string>
}

/** A person whose token is kept until the tab is closed. */
export const createPerson = (name: string): Person => {
  const kept = `token of ${name}`
  const token = signal(sessionStorage.getItem(kept) ?? '')
  token.subscribe((value) => value === '' ? sessionStorage.removeItem(kept) : sessionStorage.setItem(kept, value))
  const headers = (): Record<string, string> => token.value === '' ? {} : { authorization: `Bearer ${token.value}` }
  const refused = signal(false)
  const log = createExchangeLog()
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await log.fetch(url, init)
    if (response.status === 401) refused.value = true
    return response
  }
  return { name, token, refused, headers, log, client: createClient<Article>({ url: articlesUrl, headers, fetch: send }) }
}
