import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, type Collection } from 'mongodb'
import { listProcesses } from '../src/embedded-mongod/process-table.js'

/** The mongod that runs on a directory, as the process table has it, and its URI; undefined where none does. */
export const mongodOn = async (directory: string): Promise<{ readonly pid: number, readonly uri: string } | undefined> => {
  const found = (await listProcesses()).find(({ commandLine }) => commandLine.includes(`--dbpath ${directory} --port `))
  const port = /--port (\d+)/.exec(found?.commandLine ?? '')?.[1]
  return found === undefined || port === undefined ? undefined : { pid: found.pid, uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0` }
}

/** Waits until something holds. */
export const until = async (holds: () => boolean | Promise<boolean>): Promise<void> => {
  while (!await holds()) await sleep(20)
}

const withNotes = async <T>(uri: string, use: (notes: Collection<{ _id: string }>) => Promise<T>): Promise<T> => {
  const client = new MongoClient(uri)
  try {
    return await use(client.db('test').collection<{ _id: string }>('notes'))
  } finally {
    await client.close()
  }
}

/** Inserts a document that has only an id, and waits until it is acknowledged by a majority and in the journal. */
export const insertNote = async (uri: string, _id: string): Promise<void> =>
  withNotes(uri, async (notes) => { await notes.insertOne({ _id }, { writeConcern: { w: 'majority', journal: true } }) })

/** The ids of the documents that `insertNote` has inserted, in order. */
export const noteIds = async (uri: string): Promise<string[]> =>
  withNotes(uri, async (notes) => (await notes.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id))
