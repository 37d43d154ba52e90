import { chmodSync, closeSync, cpSync, openSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { findMongod } from '../../src/embedded-mongod/find-binary.js'
import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'
import { insertNote, mongodOn, noteIds } from '../mongod-on.js'

t.setTimeout(120_000)
const binary = await findMongod({ binary: process.env.MONGOD_BINARY, log: (line) => t.comment(line) })
const log = () => undefined

const intact = realpathSync(t.testdir({}))
const first = await startEmbeddedMongod({ dataDir: intact, binary, log })
await insertNote(first.uri, 'acknowledged')
await first.stop()

/** A copy of the data, without the files that mongod prepares for the journal, which are large. */
const copyOf = (t: Test): string => {
  const directory = realpathSync(t.testdir({}))
  cpSync(intact, directory, { recursive: true, filter: (path) => !/Prep|diagnostic/.test(path) })
  return directory
}

const garble = (path: string): void => {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(statSync(path).size - 4_096, 0xa5), 0, undefined, 4_096)
  closeSync(file)
}

/** Files of the data that have some content, since only those can be damaged so that it shows. */
const largest = (kind: string): string =>
  readdirSync(intact).filter((name) => name.startsWith(kind)).sort((a, b) => statSync(join(intact, b)).size - statSync(join(intact, a)).size)[0] ?? ''

const advice = 'Delete nothing in it, keep a copy of it, and restore a backup into another DATA_DIR: docs/operate.md, "When the storage fails"'

const damages: Record<string, readonly [string, (path: string) => void]> = {
  'the file that everything begins with is empty': ['WiredTiger.turtle', (path) => truncateSync(path, 0)],
  'the catalog is no data file': ['_mdb_catalog.wt', (path) => writeFileSync(path, Buffer.alloc(8_192, 0xa5))],
  'a collection is cut': [largest('collection-'), (path) => truncateSync(path, 4_096)],
  'the blocks of a collection are garbled': [largest('collection-'), garble],
  'a collection is gone': [largest('collection-'), (path) => rmSync(path)],
  'what the engine is is garbled': ['storage.bson', (path) => writeFileSync(path, 'not BSON')]
}

for (const [name, [file, damage]] of Object.entries(damages)) {
  t.test(`${name}: one line says so, and nothing is deleted or mended`, async (t) => {
    const dataDir = copyOf(t)
    const path = join(dataDir, file)
    damage(path)
    const files = readdirSync(dataDir)
    const damaged = files.includes(file) ? readFileSync(path) : undefined
    const error: unknown = await startEmbeddedMongod({ dataDir, binary, log }).catch((error: unknown) => error)
    const { code, message } = error as { code: string, message: string }
    t.equal(code, 'NOCLOBBER_START')
    const [begin, end] = [`The data in DATA_DIR ${dataDir} is damaged, and mongod cannot read it (`, `). ${advice}. What mongod says of it is in ${join(dataDir, 'mongod.log')}`]
    t.ok(message.startsWith(begin) && message.endsWith(end), message)
    const reason = message.slice(begin.length, -end.length)
    t.match(reason, /[a-z]{4}/)
    t.notMatch(reason, /\n|^\{/)
    t.strictSame(readdirSync(dataDir).filter((name) => files.includes(name)), files)
    if (damaged !== undefined) t.ok(readFileSync(path).equals(damaged), 'it is as it was')
    t.equal(await mongodOn(dataDir), undefined)
  })
}

t.test('the lock of a mongod that is gone is no damage', async (t) => {
  const dataDir = copyOf(t)
  writeFileSync(join(dataDir, 'WiredTiger.lock'), '')
  const mongod = await startEmbeddedMongod({ dataDir, binary, log })
  t.teardown(() => mongod.stop(0))
  t.strictSame(await noteIds(mongod.uri), ['acknowledged'])
})

t.test('where a part is missing without which mongod would begin anew, nothing starts, and with it nothing is missing', async (t) => {
  const dataDir = copyOf(t)
  const mongod = await startEmbeddedMongod({ dataDir, binary, log })
  await insertNote(mongod.uri, 'in the journal only')
  await mongod.stop(0)
  for (const [part, name] of [['WiredTiger.turtle', 'WiredTiger.turtle'], ['journal', 'the journal (journal/WiredTigerLog.*)']] as const) {
    const path = join(dataDir, part)
    renameSync(path, `${path}.away`)
    const files = readdirSync(dataDir)
    await t.rejects(startEmbeddedMongod({ dataDir, binary, log }), {
      code: 'NOCLOBBER_START', message: `The data in DATA_DIR ${dataDir} is not whole: ${name} is missing, and mongod would begin with an empty or an earlier state. Put it back. ${advice}`
    })
    t.strictSame(readdirSync(dataDir), files)
    renameSync(`${path}.away`, path)
  }
  const next = await startEmbeddedMongod({ dataDir, binary, log })
  t.teardown(() => next.stop(0))
  t.strictSame(await noteIds(next.uri), ['acknowledged', 'in the journal only'])
})

t.test('no room for the first files of a mongod: one line says so', async (t) => {
  const directory = realpathSync(t.testdir({ 'limited-mongod': `#!/bin/sh\n[ "$1" = --version ] || { trap '' XFSZ; ulimit -f 16; }\nexec ${binary} "$@"\n` }))
  const limited = join(directory, 'limited-mongod')
  chmodSync(limited, 0o755)
  const dataDir = join(directory, 'data')
  const error: unknown = await startEmbeddedMongod({ dataDir, binary: limited, log }).catch((error: unknown) => error)
  const { message } = error as Error
  const free = /\(.*; \d+ MB are free\)/.exec(message)?.[0] ?? ''
  t.equal(message, `DATA_DIR ${dataDir} has no room left for mongod ${free}. Make room on its disk, and delete nothing in it: all that was acknowledged is there. What mongod says of it is in ${join(dataDir, 'mongod.log')}`)
})
