import { randomBytes } from 'node:crypto'
import { MongoClient, type Db, type MongoClientOptions } from 'mongodb'
import type { Test } from 'tap'
import type { JsonObject } from '../../src/merge/json.js'
import { createVersionedStore, type VersionedStore, type VersionedStoreOptions } from '../../src/versioned-store/versioned-store.js'
import { mongodbUri } from '../mongodb-uri.js'

export interface Note extends JsonObject { readonly title: string }

export const storeModes = ['group', 'single'] as const

/** A database of its own on the real mongod of this run, dropped when the test ends. */
export const openDatabase = (t: Test, options: MongoClientOptions = {}, uri = mongodbUri()) => {
  const client = new MongoClient(uri, { retryWrites: false, monitorCommands: true, ...options })
  const db = client.db(`store-${randomBytes(6).toString('hex')}`)
  t.teardown(async () => {
    await db.dropDatabase()
    await client.close()
  })
  return { client, db }
}

/** A store of notes in a database of its own. */
export const openStore = async (t: Test, options: Partial<VersionedStoreOptions> = {}): Promise<VersionedStore<Note>> => {
  const db = options.db ?? openDatabase(t).db
  const store = createVersionedStore<Note>({ collection: 'notes', ...options, db })
  await store.open()
  return store
}

/** Stores a note and gives back its id. */
export const createNote = async (store: VersionedStore<Note>, content: Note = { title: 'A' }): Promise<string> => {
  const outcome = await store.create(content)
  if (outcome.kind !== 'done') throw new Error(`not created: ${outcome.kind}`)
  return outcome.document.id
}

/** The names of the commands that go to the database from now on; those that the driver sends for itself are left out. */
export const commandsOf = ({ client }: Db): string[] => {
  const names: string[] = []
  client.on('commandStarted', ({ commandName }) => commandName !== 'endSessions' && names.push(commandName))
  return names
}
