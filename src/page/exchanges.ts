import { signal, type ReadonlySignal } from '@preact/signals'

/** A request that was sent, and what came back: undefined until it does, and an error where nothing did. */
export interface Exchange {
  readonly key: number
  readonly method: string
  /** Absolute. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly reply: { readonly status: number, readonly statusText: string, readonly headers: Readonly<Record<string, string>>, readonly body: string } | { readonly error: string } | undefined
}

export interface ExchangeLog {
  /** The latest first. */
  readonly exchanges: ReadonlySignal<readonly Exchange[]>
  /** `fetch`, noted. */
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

const kept = 30
let count = 0

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The same request as a line for a shell. A token is left to the variable TOKEN, since a line gets copied to others. */
export const curlOf = ({ method, url, headers, body }: Exchange): string => ['curl -i',
  ...(method === 'GET' ? [] : [`-X ${method}`]),
  quoted(url),
  ...Object.entries(headers).map(([name, value]) => name === 'authorization' ? '-H "authorization: Bearer $TOKEN"' : `-H ${quoted(`${name}: ${value}`)}`),
  ...(body === undefined ? [] : [`-d ${quoted(body)}`])
].join(' ')

/** JSON with line breaks; any other text as it is. */
export const indented = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** Notes what a client sends and gets, a limited number of requests. */
export const createExchangeLog = (): ExchangeLog => {
  const exchanges = signal<readonly Exchange[]>([])
  const note = (exchange: Exchange): void => {
    const others = exchanges.value.filter(({ key }) => key !== exchange.key)
    exchanges.value = [exchange, ...others].sort((a, b) => b.key - a.key).slice(0, kept)
  }
  return {
    exchanges,
    fetch: async (url, init) => {
      const sent = { key: ++count, method: init.method ?? 'GET', url: new URL(url, location.href).href, headers: Object.fromEntries(new Headers(init.headers)), body: typeof init.body === 'string' ? init.body : undefined, reply: undefined }
      note(sent)
      try {
        const response = await fetch(url, init)
        const { status, statusText, headers } = response
        note({ ...sent, reply: { status, statusText, headers: Object.fromEntries(headers), body: await response.clone().text() } })
        return response
      } catch (error) {
        note({ ...sent, reply: { error: error instanceof Error ? error.message : String(error) } })
        throw error
      }
    }
  }
}
