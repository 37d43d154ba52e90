import { computed, signal, type ReadonlySignal, type Signal } from '@preact/signals'
import { Gone, VersionConflict, type EditConflict } from '../client/index.js'
import type { WatchEvent } from '../client/watch.js'
import { contentOf, differing, fields, labels, same, textOf, valueOf, type Article, type Content, type Field } from './article.js'
import { explain, type Notice } from './notice.js'
import type { Person } from './person.js'

/** A conflict that waits for a person to decide. */
export interface Question {
  readonly conflict: EditConflict<Article>
  /** How often this save has been asked about before: others saved again in the meantime. */
  readonly before: number
  readonly answer: (article: Article) => void
}

/** One person's editor of one article. */
export interface Editor {
  readonly person: Person
  readonly id: string
  /** The version that the person started from; undefined until it is read. */
  readonly base: ReadonlySignal<Article | undefined>
  /** What stands in the fields. */
  readonly texts: ReadonlySignal<Readonly<Record<Field, string>>>
  /** What they would be stored as. */
  readonly draft: ReadonlySignal<Content>
  readonly changed: ReadonlySignal<readonly Field[]>
  /** What is stored now, where the person has unsaved changes of an earlier version. */
  readonly latest: ReadonlySignal<Article | undefined>
  readonly deleted: ReadonlySignal<boolean>
  /** What is going on, such as `Saving`; empty if nothing is. */
  readonly busy: ReadonlySignal<string>
  readonly notice: Signal<Notice | undefined>
  readonly question: ReadonlySignal<Question | undefined>
  /** Who else is in the article just now, as a text; empty where nobody is, or it isn't known. */
  readonly others: Signal<string>
  /** When it has been read for the first time, or could not be. */
  readonly loaded: Promise<void>
  /** Reads it again, such as after a sign-in. */
  load (): Promise<void>
  type (field: Field, text: string): void
  /** Throws away what isn't saved, and shows what is stored. */
  discard (): void
  save (): Promise<void>
  transition (name: string): Promise<void>
  remove (): Promise<void>
  restore (version: number): Promise<void>
  /** Stores a deleted article again, with what stands in the fields. */
  recreate (): Promise<void>
  /** Stops waiting for what is going on, or for an answer. */
  stop (): void
  /** To be called for each change that the service tells. */
  told (event: WatchEvent): void
}

/** The service found a merge, but others came first each time that it stored it: the same save again. */
class TryAgain extends Error {}

const listed = (names: readonly Field[]): string => names.map((field) => labels[field].toLowerCase()).join(' and ')

const textsOf = (content: Content): Record<Field, string> => ({ title: content.title, body: content.body, tags: textOf(content.tags) })

/**
 * Makes the edit for `client.edit`. It sets only what the person changed, and never over another change of the same field: two
 * changes of one text may merge by line, which is for the service to do.
 */
const editOf = (base: Article, yours: Content) => (document: Article): Article => {
  const changed = differing(base, yours)
  if (differing(base, document).some((field) => changed.includes(field) && !same(document[field], yours[field]))) throw new TryAgain()
  return { ...document, ...Object.fromEntries(changed.map((field) => [field, yours[field]])) }
}

export const createEditor = (person: Person, id: string): Editor => {
  const { client } = person
  const base = signal<Article>()
  const latest = signal<Article>()
  const texts = signal<Readonly<Record<Field, string>>>({ title: '', body: '', tags: '' })
  const deleted = signal(false)
  const busy = signal('')
  const notice = signal<Notice>()
  const question = signal<Question>()
  const others = signal('')
  let stopping = new AbortController()
  /** The latest version that the service told of; and whether it told that it may have left something out. */
  let toldVersion = 0
  let toldResync = false

  const draft = computed((): Content => {
    const typed = texts.value
    const from = base.value
    // A field that nobody touched is left as it is: not every value can be told from its text.
    const value = (field: Field) => from !== undefined && typed[field] === textOf(from[field]) ? from[field] : valueOf(field, typed[field])
    return Object.fromEntries(fields.map((field) => [field, value(field)])) as unknown as Content
  })
  const changed = computed(() => base.value === undefined ? [] : differing(base.value, draft.value))

  const show = (article: Article): void => {
    base.value = article
    latest.value = undefined
    deleted.value = false
    texts.value = textsOf(article)
  }

  /** Takes over what is stored now, but not over what a person has typed, unless that is it. */
  const adopt = (article: Article): void => {
    deleted.value = false
    if (changed.value.length === 0 || differing(draft.value, article).length === 0) show(article)
    else latest.value = article
  }

  const isBehind = (): boolean => !deleted.value && (toldResync || toldVersion > ((latest.value ?? base.value)?.version ?? 0))

  /** @param silently leaves the notice that is there */
  const refresh = async (silently = false): Promise<void> => {
    toldResync = false
    const before = base.value?.version
    const article = await client.get(id)
    const typed = changed.value.length > 0
    adopt(article)
    if (before === undefined || article.version <= before) return
    // As after a save whose answer was lost.
    if (typed && changed.value.length === 0) notice.value = { tone: 'good', text: `What you wrote is saved: version ${article.version}.` }
    else if (silently) return
    else notice.value = changed.value.length === 0
      ? { tone: 'info', text: `Somebody else saved version ${article.version}, and you see it now.` }
      : { tone: 'info', text: `Somebody else saved version ${article.version} while you edit. When you save, what doesn't clash is merged by itself; you are asked about the rest.` }
  }

  const failed = (error: unknown): void => {
    if (error instanceof Gone || (error instanceof VersionConflict && error.body.deleted === true)) deleted.value = true
    notice.value = explain(error, person)
  }

  const run = async (what: string, task: (signal: AbortSignal) => Promise<string | undefined>): Promise<void> => {
    if (busy.value !== '') return
    busy.value = what
    notice.value = undefined
    stopping = new AbortController()
    try {
      const text = await task(stopping.signal)
      if (text !== undefined) notice.value = { tone: 'good', text }
    } catch (error) {
      failed(error)
    }
    busy.value = ''
    question.value = undefined
    if (isBehind()) await refresh(true).catch(failed)
  }

  /** One that needs the version that is shown, and changes none of what is typed. */
  const write = (what: string, task: (version: number, signal: AbortSignal) => Promise<Article>, done: string): Promise<void> => run(what, async (signal) => {
    const shown = latest.value ?? base.value
    if (shown === undefined) return undefined
    const stored = await task(shown.version, signal)
    adopt(stored)
    return `${done} This is version ${stored.version}.`
  })

  const saveOnce = async (start: Article, yours: Content, signal: AbortSignal): Promise<string> => {
    let before = 0
    let sent = yours
    const stored = await client.edit(id, editOf(start, yours), {
      base: start,
      merge: true,
      signal,
      onConflict: (conflict) => new Promise<Article>((resolve) => {
        const answer = (article: Article): void => {
          question.value = undefined
          sent = contentOf(article)
          resolve(article)
        }
        question.value = { conflict, before: before++, answer }
      })
    })
    show(stored)
    const others = differing(sent, stored)
    if (stored.version === start.version) return 'There was nothing to save.'
    return `Saved as version ${stored.version}.${others.length === 0 ? '' : ` Somebody else had changed ${listed(others)}; both changes are in it.`}`
  }

  const load = (): Promise<void> => run('Loading', async () => {
    await refresh()
    return undefined
  })

  return {
    person, id, base, texts, draft, changed, latest, deleted, busy, notice, question, others, load,
    loaded: load(),
    type: (field, text) => {
      texts.value = { ...texts.value, [field]: text }
      if (notice.value?.tone === 'good') notice.value = undefined
    },
    discard: () => {
      const stored = latest.value ?? base.value
      if (stored !== undefined) show(stored)
      notice.value = { tone: 'info', text: 'Your changes are discarded. This is what is stored.' }
    },
    save: () => run('Saving', async (signal) => {
      const start = base.value
      const yours = draft.value
      while (start !== undefined) {
        try {
          return await saveOnce(start, yours, signal)
        } catch (error) {
          if (!(error instanceof TryAgain)) throw error
        }
      }
      return undefined
    }),
    transition: (name) => write('Saving', (version, signal) => client.transition(id, name, { version, signal }), 'Done.'),
    restore: (old) => write('Restoring', (version, signal) => client.restore(id, old, { version, signal }), `Version ${old} is back.`),
    remove: () => run('Deleting', async (signal) => {
      const shown = latest.value ?? base.value
      if (shown === undefined) return undefined
      await client.delete(id, { version: shown.version, signal })
      deleted.value = true
      return 'Deleted.'
    }),
    recreate: () => run('Saving', async (signal) => {
      const stored = await client.create({ ...draft.value }, { id, signal })
      show(stored)
      return `It is back, as version ${stored.version}.`
    }),
    stop: () => stopping.abort(question.value === undefined ? new DOMException('Stopped', 'AbortError') : new DOMException('Not decided', 'AbortError')),
    told: (event) => {
      if (event.kind !== 'resync' && event.id !== id) return
      if (event.kind === 'deleted') {
        if (busy.value === '' && !deleted.value) notice.value = { tone: 'bad', text: 'Somebody else deleted this article.' }
        deleted.value = true
        return
      }
      if (event.kind === 'resync') toldResync = true
      else toldVersion = Math.max(toldVersion, event.version)
      if (event.kind === 'created') deleted.value = false
      if (busy.value === '' && base.value !== undefined && isBehind()) void refresh().catch(failed)
    }
  }
}
