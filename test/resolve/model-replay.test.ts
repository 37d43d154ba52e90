import fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import type { Response } from 'light-my-request'
import t from 'tap'
import { buildTestApp, storeModes } from '../app.js'
import { create, send, urlOf, type Document } from '../contract/stored.js'
import { changes, contentOf, isEqual, isSame, merge, notes, values, type Content } from './model.js'

t.setTimeout(240_000)

/** A document as it should be: what each version contains, the first at 0; null for a delete. */
interface Model {
  readonly versions: (Content | null)[]
  /** The version that each editor edits. */
  readonly editing: number[]
}

interface Real {
  readonly app: FastifyInstance
  readonly url: string
}

type Verb = 'PUT' | 'PATCH' | 'JSON Patch'

const merging = { prefer: 'conflict=merge' }
const contentIn = (reply: Response): Content => contentOf(reply.json<Content>())

const expect = (holds: boolean, reply: Response, what: string) => {
  if (!holds) throw new Error(`${what}: got ${reply.statusCode} ${reply.body}`)
}

const current = ({ versions }: Model): Content | null => versions.at(-1) ?? null

/** Sends what an editor makes of the content that it edits. */
const sendEdit = (real: Real, verb: Verb, change: Partial<Content>, base: Content, version: number, headers: object) => {
  const all = { 'if-match': `"${version}"`, ...headers }
  if (verb === 'PUT') return send(real.app, 'PUT', real.url, { ...base, ...change }, all)
  if (verb === 'PATCH') return send(real.app, 'PATCH', real.url, change, all)
  const operations = Object.entries(change).map(([field, value]) => ({ op: 'replace', path: `/${field}`, value }))
  return send(real.app, 'PATCH', real.url, operations, { ...all, 'content-type': 'application/json-patch+json' })
}

class Read implements fc.AsyncCommand<Model, Real> {
  constructor (readonly editor: number) {}
  check = () => true
  async run (model: Model, { app, url }: Real) {
    const reply = await send(app, 'GET', url)
    const content = current(model)
    const { length } = model.versions
    if (content === null) {
      expect(reply.statusCode === 410 && reply.json<{ currentVersion: number }>().currentVersion === length, reply, `410 of version ${length}`)
      return
    }
    expect(reply.statusCode === 200 && reply.headers.etag === `"${length}"` && isSame(contentIn(reply), content), reply, `version ${length}, ${JSON.stringify(content)}`)
    model.editing[this.editor] = length
  }

  toString = () => `editor ${this.editor} reads`
}

class Edit implements fc.AsyncCommand<Model, Real> {
  constructor (readonly editor: number, readonly verb: Verb, readonly change: Partial<Content>, readonly merges: boolean) {}
  check = (model: Readonly<Model>) => (model.versions[(model.editing[this.editor] ?? 0) - 1] ?? null) !== null
  async run (model: Model, real: Real) {
    const { versions, editing } = model
    const version = editing[this.editor] ?? 0
    const base = versions[version - 1]
    if (base === null || base === undefined) throw new Error('the model lets nobody edit what is not there')
    const theirs = current(model)
    const yours = { ...base, ...this.change }
    const reply = await sendEdit(real, this.verb, this.change, base, version, this.merges ? merging : {})
    const merged = theirs === null ? undefined : merge(base, theirs, yours)
    const stale = version < versions.length
    if (theirs === null || merged === undefined || (stale && !this.merges)) {
      const { currentVersion, mergeable } = reply.json<{ currentVersion: number, mergeable: boolean }>()
      expect(reply.statusCode === 409 && currentVersion === versions.length && mergeable === (merged !== undefined), reply, `409 of version ${versions.length}`)
      editing[this.editor] = theirs === null ? version : versions.length
      return
    }
    const stored = contentIn(reply)
    const right = stale ? isEqual(stored, merged) : isSame(stored, yours)
    if (!isSame(stored, theirs)) versions.push(stored)
    expect(reply.statusCode === 200 && reply.headers.etag === `"${versions.length}"` && right && (reply.headers['preference-applied'] === 'conflict=merge') === stale, reply, `version ${versions.length}, ${JSON.stringify(merged)}`)
    editing[this.editor] = versions.length
  }

  toString = () => `editor ${this.editor}: ${this.verb} ${JSON.stringify(this.change)}${this.merges ? ' merging' : ''}`
}

class Delete implements fc.AsyncCommand<Model, Real> {
  constructor (readonly editor: number) {}
  check = () => true
  async run (model: Model, { app, url }: Real) {
    const version = model.editing[this.editor] ?? 0
    const reply = await send(app, 'DELETE', url, undefined, { 'if-match': `"${version}"`, ...merging })
    const isCurrent = version === model.versions.length && current(model) !== null
    if (isCurrent) model.versions.push(null)
    expect(reply.statusCode === (isCurrent ? 204 : 409) && reply.headers.etag === `"${model.versions.length}"`, reply, isCurrent ? 'deleted' : 'a conflict')
  }

  toString = () => `editor ${this.editor} deletes`
}

class Recreate implements fc.AsyncCommand<Model, Real> {
  constructor (readonly content: Content) {}
  check = () => true
  async run (model: Model, { app, url }: Real) {
    const reply = await send(app, 'PUT', url, this.content, { 'if-none-match': '*' })
    const isFree = current(model) === null
    if (isFree) model.versions.push(contentOf(this.content))
    expect(reply.statusCode === (isFree ? 201 : 409) && reply.headers.etag === `"${model.versions.length}"`, reply, isFree ? 'created' : 'already there')
  }

  toString = () => `creates ${JSON.stringify(this.content)}`
}

class Restore implements fc.AsyncCommand<Model, Real> {
  constructor (readonly age: number) {}
  check = () => true
  async run ({ versions }: Model, { app, url }: Real) {
    const version = Math.max(1, versions.length - this.age)
    const content = versions[version - 1] ?? null
    const reply = await send(app, 'POST', `${url}/revisions/${version}/restore`, undefined, { 'if-match': `"${versions.length}"` })
    const last = versions.at(-1) ?? null
    if (content !== null && (last === null || !isSame(content, last))) versions.push(content)
    const right = content === null ? reply.statusCode === 410 : reply.statusCode === 200 && reply.headers.etag === `"${versions.length}"` && isSame(contentIn(reply), content)
    expect(right, reply, `version ${version} restored as ${versions.length}`)
  }

  toString = () => `restores the version ${this.age} before`
}

const editor = fc.nat({ max: 2 })
const verb = fc.constantFrom<Verb[]>('PUT', 'PATCH', 'JSON Patch')
const edit = fc.tuple(editor, verb, changes, fc.boolean()).map((parts) => new Edit(...parts))

/** The state of the service must be that of the model, back to the first version. */
const compareAll = async ({ versions }: Model, { app, url }: Real) => {
  const { items } = (await send(app, 'GET', `${url}/revisions?limit=100`)).json<{ items: { version: number }[] }>()
  if (items.length !== versions.length) throw new Error(`${items.length} versions are kept, of ${versions.length}`)
  for (const [i, content] of versions.entries()) {
    const reply = await send(app, 'GET', `${url}/revisions/${i + 1}`)
    expect(content === null ? reply.statusCode === 410 : reply.statusCode === 200 && isSame(contentIn(reply), content), reply, `version ${i + 1}, ${JSON.stringify(content)}`)
  }
}

const start: Content = { a: 0, b: 0, c: '', tags: [] }

for (const storeMode of storeModes) {
  for (const keptBytes of [0, 1_000_000]) {
    t.test(`random edits by random editors: the state is that of a model (${storeMode}, keeping ${keptBytes} bytes)`, async (t) => {
      const { app } = await buildTestApp(t, { resources: [notes], storeMode, keptBytes, historyLimit: 100 })
      const commands = fc.commands([edit, edit, edit, edit, editor.map((one) => new Read(one)), editor.map((one) => new Read(one)), editor.map((one) => new Delete(one)), values.map((content) => new Recreate(content)), fc.nat({ max: 4 }).map((age) => new Restore(age))], { maxCommands: 60, size: 'max' })
      await fc.assert(fc.asyncProperty(commands, async (commands) => {
        const note = await create(app, '/api/notes', start)
        const model: Model = { versions: [start], editing: [1, 1, 1] }
        const real: Real = { app, url: urlOf(note, '/api/notes') }
        await fc.asyncModelRun(() => ({ model, real }), commands)
        await compareAll(model, real)
      }), { numRuns: 12, endOnFailure: true })
    })
  }
}

interface Sent {
  /** The version that was edited. */
  readonly base: number
  readonly change: Partial<Content>
  readonly reply: Response
}

t.test('random edits at once through two services: what was acknowledged, in the order of its versions, gives the state of a model', async (t) => {
  const { app, db } = await buildTestApp(t, { resources: [notes], historyLimit: 400 })
  const { app: other } = await buildTestApp(t, { resources: [notes], historyLimit: 400, database: db.databaseName })
  await fc.assert(fc.asyncProperty(fc.array(fc.array(fc.tuple(verb, changes), { minLength: 5, maxLength: 12 }), { minLength: 6, maxLength: 6 }), async (plans) => {
    const note = await create(app, '/api/notes', start)
    const url = urlOf(note, '/api/notes')
    const sent: Sent[] = []
    const editAll = async (plan: readonly (readonly [Verb, Partial<Content>])[], which: FastifyInstance) => {
      let seen: Document = note
      for (const [verb, change] of plan) {
        const base = seen
        const reply = await sendEdit({ app: which, url }, verb, change, contentOf(base as unknown as Content), base.version, merging)
        if (reply.statusCode === 200) seen = reply.json<Document>()
        else if (reply.statusCode === 409) seen = reply.json<{ current: Document }>().current
        else throw new Error(reply.body)
        sent.push({ base: base.version, change, reply })
      }
    }
    await Promise.all(plans.map((plan, i) => editAll(plan, i % 2 === 0 ? app : other)))

    const acknowledged = (version: number) => sent.filter(({ reply }) => reply.statusCode === 200 && reply.json<Document>().version === version)
    const versions: Content[] = [start]
    const mergedWith = ({ base, change }: Sent, theirs: Content): Content | undefined => {
      const edited = versions[base - 1]
      return edited && merge(edited, theirs, { ...edited, ...change })
    }
    const is = (content: Content | undefined, other: Content) => content !== undefined && isEqual(content, other)
    for (let replies = acknowledged(2); replies.length > 0; replies = acknowledged(versions.length + 1)) {
      const [first] = replies
      const before = versions.at(-1)
      if (first === undefined || before === undefined) break
      const content = contentIn(first.reply)
      // One of them made this version of the one before; the others changed nothing of it.
      expect(!isSame(content, before) && replies.some((one) => is(mergedWith(one, before), content)), first.reply, `version ${versions.length + 1} is made of ${JSON.stringify(before)}`)
      versions.push(content)
      for (const one of replies) expect(isSame(contentIn(one.reply), content) && is(mergedWith(one, content), content), one.reply, `${JSON.stringify(one.change)} is in version ${versions.length}`)
    }
    expect((await send(app, 'GET', url)).headers.etag === `"${versions.length}"`, await send(app, 'GET', url), `version ${versions.length}, the last that was acknowledged`)
    for (const one of sent) {
      if (one.reply.statusCode !== 409) continue
      const { current } = one.reply.json<{ current: Document }>()
      expect(mergedWith(one, contentOf(current as unknown as Content)) === undefined, one.reply, 'a clash')
    }
    await compareAll({ versions, editing: [] }, { app, url })
  }), { numRuns: 10, endOnFailure: true })
})
