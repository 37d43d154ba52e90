import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
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
  /** Who the token is for; empty where it doesn't say. */
  readonly sub: ReadonlySignal<string>
  /** The name that others in a document are told, unless they are signed in. */
  readonly nickname: Signal<string>
  /** The name that others in a document are told. */
  readonly shownAs: ReadonlySignal<string>
  /** Whether the service asks them to sign in. */
  readonly refused: Signal<boolean>
  /** Whether what was sent last got no answer. */
  readonly cutOff: Signal<boolean>
  readonly headers: () => Record<string, string>
}

/** Who a token is for (RFC 7519 section 4.1.2): to show it only, since it is the service that judges the token. */
const subOf = (token: string): string => {
  try {
    const bytes = Uint8Array.from(atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')), (byte) => byte.charCodeAt(0))
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' && claims !== null && 'sub' in claims && typeof claims.sub === 'string' ? claims.sub : ''
  } catch {
    return ''
  }
}

/** A text as the service takes it for a name. */
const asName = (text: string): string => (/^.{1,64}/u.exec(text.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' ').trim())?.[0] ?? '').trim()

/** A signal that is kept until the tab is closed, where it has another value than the first. */
const kept = (key: string, first: string): Signal<string> => {
  const value = signal(sessionStorage.getItem(key) ?? first)
  value.subscribe((text) => text === first ? sessionStorage.removeItem(key) : sessionStorage.setItem(key, text))
  return value
}

/** @param nickname what others are told unless the person says another name */
export const createPerson = (name: string, nickname: string): Person => {
  const token = kept(`token of ${name}`, '')
  const sub = computed(() => subOf(token.value))
  const called = kept(`nickname of ${name}`, nickname)
  const headers = (): Record<string, string> => token.value === '' ? {} : { authorization: `Bearer ${token.value}` }
  const refused = signal(false)
  const cutOff = signal(false)
  const log = createExchangeLog()
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    try {
      const response = await log.fetch(url, init)
      cutOff.value = false
      if (response.status === 401) refused.value = true
      return response
    } catch (error) {
      cutOff.value = true
      throw error
    }
  }
  return {
    name, token, sub, refused, cutOff, headers, log,
    nickname: called,
    shownAs: computed(() => asName(sub.value) || asName(called.value) || nickname),
    client: createClient<Article>({ url: articlesUrl, headers, fetch: send })
  }
}
