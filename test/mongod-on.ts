import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient, type Collection } from 'mongodb'
import { readProcess } from '../src/embedded-mongod/process-table.js'

/** The mongod that runs on a directory, as the process table has it, and its URI; undefined where none does. */
export const mongodOn = async (directory: string): Promise<{ readonly pid: number, readonly uri: string } | undefined> => {
  let pid: number
  try {
    pid = Number(readFileSync(join(directory, 'mongod.lock'), 'utf8'))
  } catch {
    return undefined
  }
  const commandLine = pid > 0 ? (await readProcess(pid))?.commandLine : undefined
  const port = commandLine?.includes(`--dbpath ${directory} `) === true ? /--port (\d+)/.exec(commandLine)?.[1] : undefined
  return port === undefined ? undefined : { pid, uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0` }
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
  withNotes(uri, async (notes) => void await notes.insertOne({ _id }, { writeConcern: { w: 'majority', journal: true } }))

/** The ids of the documents that `insertNote` has inserted, in order. */
export const noteIds = async (uri: string): Promise<string[]> =>
  withNotes(uri, async (notes) => (await notes.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id))
