import { MongoClient, type Document } from 'mongodb'
import type { Test } from 'tap'
import { mongodbUri } from '../mongodb-uri.js'
import { startCuttingProxy } from '../versioned-store/cutting-proxy.js'

/** A point in a request with a key at which its service dies: before or after a command reaches the database. */
export interface Point {
  readonly when: 'before' | 'after'
  readonly command: 'claim' | 'write' | 'keep'
}

const names = ['insert', 'update', 'findAndModify', 'delete', 'find', 'aggregate']
const resources = ['articles', 'users']

/** What a command does for a request with a key: it claims the key, writes the document, or keeps the reply. */
const purposeOf = ({ insert, update, findAndModify }: Document): Point['command'] | undefined => {
  if (insert === 'idempotency-keys') return 'claim'
  if (update === 'idempotency-keys') return 'keep'
  return [insert, update, findAndModify].some((collection) => resources.includes(String(collection))) ? 'write' : undefined
}

const withoutSession = (command: Document): Document => Object.fromEntries(Object.entries(command).filter(([name]) => name !== 'lsid' && !name.startsWith('$')))

const forever = new Promise<never>(() => undefined)

/** A way to the database that a service uses until it dies: from then on nothing that it sends arrives, and it gets no answer. */
export const startMortalConnection = async (t: Test) => {
  const proxy = await startCuttingProxy(t, mongodbUri())
  const client = new MongoClient(mongodbUri())
  t.teardown(() => client.close())
  let point: (Point & { readonly reached: () => Promise<unknown> }) | undefined
  let dead = false
  const before = async (): Promise<unknown> => {
    const command = proxy.commands.at(-1)
    if (dead || command === undefined) return forever
    if (point === undefined || purposeOf(command) !== point.command) return undefined
    dead = true
    if (point.when === 'after') await client.db(String(command.$db)).command(withoutSession(command))
    await point.reached()
    return forever
  }
  for (const name of names) proxy.each(name, { before })
  return {
    uri: proxy.uri,
    /** Resolves when the service has come to the point, and is dead; `kill` ends its process. */
    dieAt: (at: Point, kill: () => Promise<unknown> = () => Promise.resolve()): Promise<void> =>
      new Promise((resolve, reject) => { point = { ...at, reached: () => kill().then(() => resolve(), reject) } })
  }
}
