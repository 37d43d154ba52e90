import { computed, effect, signal, type ReadonlySignal } from '@preact/signals'
import { createWatcher, type Presence } from '../client/watch.js'
import type { Article } from './article.js'
import { createEditor, type Editor } from './editor-model.js'
import { explain, type Notice } from './notice.js'
import { articlesUrl, createPerson, type Person } from './person.js'

/** The page as a whole: the articles, which of them is open, and who edits it. */
export interface Desk {
  /** Who looks at the page; the other one is for trying out what two people do. */
  readonly you: Person
  /** The latest changed you. */
  readonly articles: ReadonlySignal<readonly Article[] | undefined>
  /** Whether there are more than are shown. */
  readonly more: ReadonlySignal<boolean>
  /** Whether changes are told as they happen; false while the connection is lost. */
  readonly live: ReadonlySignal<boolean>
  readonly notice: ReadonlySignal<Notice | undefined>
  readonly openId: ReadonlySignal<string>
  /** The editors that are shown, one a person. */
  readonly editors: ReadonlySignal<readonly Editor[]>
  readonly second: ReadonlySignal<boolean>
  /** Whether text of an article is typed and not saved. */
  isUnsaved (id: string): boolean
  open (id: string): void
  setSecond (open: boolean): void
  create (): Promise<void>
  /** Lets two people edit one new article, so that the second one who saves meets a conflict. */
  showConflict (): Promise<void>
}

const shown = 50
/** Of how many changes at once the list is read again just once, in ms. */
const gatherMs = 300

/** After how long without an answer the connection counts as lost, in ms. */
const lateMs = 1_000

const idInUrl = (): string => /^#\/([0-9a-f]{24})$/.exec(location.hash)?.[1] ?? ''

const keyOf = (person: Person, id: string): string => `${person.name} ${id}`

export const createDesk = (): Desk => {
  const you = createPerson('You', `Guest ${1_000 + Math.floor(9_000 * Math.random())}`)
  const ben = createPerson('Ben', 'Ben')
  const articles = signal<readonly Article[]>()
  const more = signal(false)
  const live = signal(false)
  const notice = signal<Notice>()
  const openId = signal(idInUrl())
  const second = signal(false)
  const made = signal<ReadonlyMap<string, Editor>>(new Map())
  /** Not an id of any event: so that the first event says that all must be read, when nothing more can be missed. */
  let lastId = 'start'
  let reading: ReturnType<typeof setTimeout> | undefined

  /** What someone has typed stays while they look at another article. */
  const editorOf = (person: Person, id: string): Editor => {
    const key = keyOf(person, id)
    const known = made.peek().get(key)
    if (known !== undefined) return known
    const editor = createEditor(person, id)
    made.value = new Map([...made.peek(), [key, editor]])
    return editor
  }

  const failed = (error: unknown): void => { notice.value = explain(error, you) }

  const read = async (): Promise<void> => {
    const found: Article[] = []
    for await (const article of you.client.list({ limit: shown, sort: '-updatedAt' })) {
      if (found.push(article) > shown) break
    }
    more.value = found.length > shown
    articles.value = found.slice(0, shown)
    notice.value = undefined
  }

  const readSoon = (): void => {
    reading ??= setTimeout(() => {
      reading = undefined
      read().catch(failed)
    }, gatherMs)
  }

  const meet = (person: Person, { id, others, more }: Presence): void => {
    const editor = made.value.get(keyOf(person, id))
    if (editor !== undefined) editor.others.value = `${others.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
  }

  /** Follows the changes of all articles, and lets others know in which of them you are. */
  const watch = async (signal: AbortSignal, headers: Record<string, string>, id: string, name: string): Promise<void> => {
    const watcher = createWatcher({
      url: articlesUrl,
      headers,
      fetch: async (url, init) => {
        const late = setTimeout(() => { live.value = false }, lateMs)
        try {
          const response = await fetch(url, init)
          live.value = response.ok
          if (response.status === 401) you.refused.value = true
          return response
        } catch (error) {
          if (!signal.aborted) live.value = false
          throw error
        } finally {
          clearTimeout(late)
        }
      }
    })
    const query = { signal, after: lastId, onId: (id: string) => { lastId = id } }
    for await (const event of id === '' ? watcher.watchAll(query) : watcher.watchAll({ ...query, as: name, in: id })) {
      if (event.kind === 'presence') {
        meet(you, event)
        continue
      }
      readSoon()
      for (const editor of made.value.values()) editor.told(event)
    }
  }

  /** The other person is there as long as their editor is. */
  const stay = async (signal: AbortSignal, headers: Record<string, string>, id: string, name: string): Promise<void> => {
    for await (const event of createWatcher({ url: articlesUrl, headers }).watch(id, { signal, as: name })) {
      if (event.kind === 'presence') meet(ben, event)
    }
  }

  /** Follows from the start, and anew whenever one of the signals that `follow` reads at first has another value. */
  const keepFollowing = (follow: (signal: AbortSignal) => Promise<void>, failed: (error: unknown) => void): void => {
    effect(() => {
      const ended = new AbortController()
      follow(ended.signal).catch((error: unknown) => { if (!ended.signal.aborted) failed(error) })
      return () => ended.abort()
    })
  }

  const shownEditors = signal<readonly Editor[]>([])
  effect(() => {
    const id = openId.value
    shownEditors.value = id === '' ? [] : (second.value ? [you, ben] : [you]).map((person) => editorOf(person, id))
  })

  const open = (id: string): void => {
    openId.value = id
    history.replaceState(null, '', id === '' ? location.pathname : `#/${id}`)
  }
  addEventListener('hashchange', () => { openId.value = idInUrl() })
  addEventListener('beforeunload', (event) => {
    if ([...made.value.values()].some(({ changed }) => changed.value.length > 0)) event.preventDefault()
  })

  // At once, and again when somebody has signed in.
  for (const person of [you, ben]) {
    person.token.subscribe(() => {
      if (person === you) read().catch(failed)
      for (const editor of made.peek().values()) if (editor.person === person && editor.base.peek() === undefined) void editor.load()
    })
  }
  keepFollowing((signal) => watch(signal, you.headers(), openId.value, you.shownAs.value), failed)
  keepFollowing(async (signal) => {
    const id = second.value ? openId.value : ''
    if (id !== '') await stay(signal, ben.headers(), id, ben.shownAs.value)
  }, () => {
    // The other editor says what is wrong, such as that they must sign in.
  })
  effect(() => {
    if (!live.value) for (const editor of made.peek().values()) editor.others.value = ''
  })

  return {
    you, articles, more, live, notice, openId, second,
    editors: computed(() => shownEditors.value),
    isUnsaved: (id) => [...made.value.values()].some((editor) => editor.id === id && editor.changed.value.length > 0),
    open,
    setSecond: (value) => { second.value = value },
    create: async () => {
      try {
        open((await you.client.create({ title: 'Untitled' })).id)
      } catch (error) {
        failed(error)
      }
    },
    showConflict: async () => {
      try {
        const { id } = await you.client.create({ title: 'Tea at four', body: 'Scones and jam.\nEverybody is welcome.', tags: ['kitchen'] })
        second.value = true
        open(id)
        const [yours, bens] = [editorOf(you, id), editorOf(ben, id)]
        await Promise.all([yours.loaded, bens.loaded])
        bens.type('title', 'Tea at five')
        yours.type('title', 'Coffee at four')
        yours.type('tags', 'kitchen, friday')
        await bens.save()
        await yours.save()
      } catch (error) {
        failed(error)
      }
    }
  }
}
