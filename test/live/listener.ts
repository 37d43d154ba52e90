import type { Test } from 'tap'

/** An event as it came. */
export interface Received {
  readonly id: string
  readonly event: string
  readonly data: Record<string, unknown>
}

/** Who else is in a document. */
export interface Others {
  readonly kind: 'presence'
  readonly id: string
  readonly others: readonly string[]
  readonly more: number
}

/** One who listens to a stream of events. */
export interface Listener {
  readonly status: number
  readonly headers: Headers
  /** All that came, as text. */
  readonly text: () => string
  /** The id to come again with: of the last event, or of a comment since. */
  readonly lastId: () => string
  /** Waits for the next event that hasn't been taken yet. Rejects when the stream ends before. */
  readonly next: () => Promise<Received>
  /** Takes so many events. */
  readonly take: (count: number) => Promise<Received[]>
  /** All that was told of who else is in a document. */
  readonly presence: () => Others[]
  /** Waits until just these others are there. */
  readonly others: (...names: readonly string[]) => Promise<void>
  /** Waits until the text matches. */
  readonly until: (pattern: RegExp) => Promise<void>
  /** Resolves when the service has ended the stream. */
  readonly ended: Promise<void>
  readonly stop: () => void
}

const parse = (block: string): Received | undefined => {
  const fields = new Map(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]))
  const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')]
  return id === undefined || event === undefined || data === undefined ? undefined : { id, event, data: JSON.parse(data) as Record<string, unknown> }
}

/** Listens at a URL, from now on or after an id. It stops with the test. */
export const listenTo = async (t: Test, url: string, { after, headers = {} }: { after?: string, headers?: Record<string, string> } = {}): Promise<Listener> => {
  const stopped = new AbortController()
  t.teardown(() => stopped.abort())
  const response = await fetch(url, { signal: stopped.signal, headers: { ...headers, ...(after !== undefined && { 'last-event-id': after }) } })
  let text = ''
  let taken = 0
  let over = false
  let wake: () => void = () => undefined
  const blocks = () => text.split('\n\n').slice(0, -1)
  const events = () => blocks().flatMap((block) => parse(block) ?? [])
  const presence = () => blocks().flatMap((block) => block.startsWith('event: presence\ndata: ') ? JSON.parse(block.slice(22)) as Others : [])
  const ended = (async () => {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    try {
      for (let chunk = await reader?.read(); chunk !== undefined && !chunk.done; chunk = await reader?.read()) {
        text += chunk.value
        wake()
      }
    } catch {
      // It was cut.
    } finally {
      over = true
      wake()
    }
  })()
  const waitFor = async <T>(found: () => T | undefined): Promise<T> => {
    for (;;) {
      const value = found()
      if (value !== undefined) return value
      if (over) throw new Error(`the stream ended, after ${JSON.stringify(text.slice(-500))}`)
      await new Promise<void>((resolve) => { wake = resolve })
    }
  }
  const next = async () => {
    const event = await waitFor(() => events()[taken])
    taken++
    return event
  }
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    lastId: () => [...text.matchAll(/^id: (.*)\n/gm)].at(-1)?.[1] ?? '',
    next,
    take: async (count) => {
      const events: Received[] = []
      while (events.length < count) events.push(await next())
      return events
    },
    presence,
    others: async (...names) => { await waitFor(() => presence().at(-1)?.others.join() === names.join() || undefined) },
    until: async (pattern) => { await waitFor(() => pattern.test(text) || undefined) },
    ended,
    stop: () => stopped.abort()
  }
}
