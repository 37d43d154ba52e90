import { createContext, runInContext } from 'node:vm'
import type { Db, Document, MongoClient } from 'mongodb'

/** A command, and the database that it is for. */
interface Command { readonly to: string, readonly command: Document }

/** What of mongosh's `db` the pages use. What a script makes are objects of another realm, which the driver doesn't take for plain ones. */
const shellOf = (commands: Command[]) => {
  const on = (to: string) => (command: Document) => void commands.push({ to, command: structuredClone(command) })
  return { adminCommand: on('admin'), getSiblingDB: (name: string) => ({ runCommand: on(name) }) }
}

/**
 * Runs a snippet of mongosh that sends commands, with the driver in place of mongosh, one after the other; gives their replies.
 * `noclobber`, the database that the pages name, becomes `db`.
 */
export const runMongosh = async (client: MongoClient, db: Db, code: string): Promise<Document[]> => {
  const commands: Command[] = []
  runInContext(code.replaceAll("'noclobber'", `'${db.databaseName}'`), createContext({ db: shellOf(commands) }))
  const replies: Document[] = []
  for (const { to, command } of commands) replies.push(await client.db(to).command(command))
  return replies
}
