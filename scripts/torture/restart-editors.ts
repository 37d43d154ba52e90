import { Pool } from 'undici'

const documents = 4

interface Answer { readonly status: number, readonly etag: string, readonly body: string, readonly closes: boolean }

const textOf = (body: string): string => {
  const { body: text = '', current }: { body?: string, current?: { body?: string } } = JSON.parse(body) as { body?: string, current?: { body?: string } }
  return current?.body ?? text
}

/** Editors who each add lines of their own to shared documents, and remember which were acknowledged. */
export class Editors {
  readonly #count: number
  readonly #done: { readonly path: string, readonly line: string }[] = []
  readonly #refused: { readonly path: string, readonly line: string }[] = []
  #lines = 0
  unknown = 0

  constructor (count: number) {
    this.#count = count
  }

  get acknowledged (): number {
    return this.#done.length
  }

  /**
   * Edits until the service is gone. `answered` and `unanswered` count requests that were on their way when the first sign came
   * that it closes, or were sent after it.
   */
  async edit (url: string): Promise<{ readonly answered: number, readonly unanswered: number }> {
    const pool = new Pool(url, { connections: this.#count, pipelining: 1 })
    let closing = false
    let answered = 0
    let unanswered = 0
    const ask = async (method: 'GET' | 'PUT' | 'PATCH', path: string, headers: Record<string, string>, body?: object): Promise<Answer | undefined> => {
      try {
        const reply = await pool.request({ method, path, headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) }, ...(body !== undefined && { body: JSON.stringify(body) }) })
        const text = await reply.body.text()
        const closes = reply.headers.connection === 'close'
        closing ||= closes
        if (closing) answered++
        return { status: reply.statusCode, etag: String(reply.headers.etag ?? ''), body: text, closes }
      } catch (error) {
        // Where it wasn't even connected any more, nothing was accepted.
        if (closing && !(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) unanswered++
        return undefined
      }
    }
    const editor = async (number: number): Promise<void> => {
      const path = `/api/articles/${(number % documents).toString(16).padStart(24, 'c')}`
      for (;;) {
        const read = await ask('GET', path, {})
        if (read === undefined) return
        if (read.status === 404) {
          await ask('PUT', path, { 'if-none-match': '*' }, { title: 'edited by all' })
          continue
        }
        if (read.status !== 200) continue
        const edit = { path, line: `${number}-${this.#lines++}` }
        const written = await ask('PATCH', path, { 'if-match': read.etag }, { body: `${textOf(read.body)}${edit.line}\n` })
        if (written === undefined || (written.status === 503 && !written.body.includes('not-applied'))) this.unknown++
        else if (written.status === 200) this.#done.push(edit)
        else this.#refused.push(edit)
        if (written === undefined) return
      }
    }
    await Promise.all(Array.from({ length: this.#count }, (_, number) => editor(number)))
    await pool.destroy()
    return { answered, unanswered }
  }

  /** What is wrong with what the service now has: acknowledged lines that aren't there, refused ones that are. */
  async missing (url: string): Promise<string[]> {
    const pool = new Pool(url)
    try {
      const texts = new Map<string, Set<string>>()
      for (let i = 0; i < documents; i++) {
        const path = `/api/articles/${i.toString(16).padStart(24, 'c')}`
        const reply = await pool.request({ method: 'GET', path })
        texts.set(path, new Set(textOf(await reply.body.text()).split('\n')))
      }
      return [
        ...this.#done.filter(({ path, line }) => texts.get(path)?.has(line) !== true).map(({ path, line }) => `${path}: the acknowledged edit ${line} is not there`),
        ...this.#refused.filter(({ path, line }) => texts.get(path)?.has(line) === true).map(({ path, line }) => `${path}: the refused edit ${line} is there`)
      ]
    } finally {
      await pool.destroy()
    }
  }
}
