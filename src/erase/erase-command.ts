import { startEmbeddedMongod } from '../embedded-mongod/start.js'
import { served } from '../resources/served.js'
import { maskUri, readSettings } from '../settings.js'
import { startError } from '../start-error.js'
import { openDatabase } from '../versioned-store/database.js'
import { eraseDocument, type Erased, type EraseOptions } from './erase-document.js'

/** The resource and the id that an argument such as `users/66c0ffee0000000000000001` names. */
const readTarget = (argument: string | undefined): Pick<EraseOptions, 'resource' | 'id'> => {
  const [, name, id] = /^([^/]+)\/([^/]+)$/.exec(argument ?? '') ?? []
  if (name === undefined || id === undefined) throw startError('Say what to erase: npm run erase -- users/ID')
  const resource = served.find((declared) => declared.name === name)
  if (resource === undefined) throw startError(`There is no resource ${name}: there are ${served.map((declared) => declared.name).join(' and ')}`)
  if (resource.idForm.parse(id) === undefined) throw startError(`${JSON.stringify(id)} is no id of ${name}, which is ${resource.idForm.description}`)
  return { resource, id }
}

export interface EraseCommand extends Pick<EraseOptions, 'settleMs'> {
  /** The environment: `MONGODB_URI` and `MONGODB_DB` say which database, as they do for the service. */
  readonly env: NodeJS.ProcessEnv
  /** Takes lines for the operator. */
  readonly log: (line: string) => void
}

/**
 * What `npm run erase -- users/ID` does: see `eraseDocument`. Without `MONGODB_URI` it starts the service's own mongod, which can't be
 * while the service runs. Gives the line that says what was erased; throws an error whose message is the line that says why nothing was.
 */
export const eraseCommand = async (argument: string | undefined, { env, log, settleMs }: EraseCommand): Promise<string> => {
  const target = readTarget(argument)
  const { MONGODB_URI: uri, MONGODB_DB: name, DATA_DIR: dataDir, MONGOD_BINARY: binary } = readSettings(env)
  const mongod = uri === undefined ? await startEmbeddedMongod({ dataDir, binary, log }) : undefined
  const erase = async (): Promise<Erased | undefined> => {
    const database = await openDatabase(uri ?? mongod?.uri ?? '', name)
    try {
      return await eraseDocument({ db: database.db, ...target, ...(settleMs !== undefined && { settleMs }), ...(mongod !== undefined && { settleMs: 0 }) })
    } finally {
      await database.close()
    }
  }
  try {
    const erased = await erase()
    if (erased === undefined) throw startError(`${argument ?? ''} is not in the database ${name}, and never was: nothing was erased`)
    const { version, pages, replies } = erased
    return `${argument ?? ''} is erased: its content, ${pages} pages of revisions, ${replies} kept replies; its tombstone is version ${version}`
  } catch (error) {
    throw uri !== undefined && error instanceof Error ? startError(error.message.replaceAll(uri, maskUri(uri)), error) : error
  } finally {
    await mongod?.stop()
  }
}
