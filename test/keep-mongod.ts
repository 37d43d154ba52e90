import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { readProcess } from '../src/embedded-mongod/process-table.js'
import { startEmbeddedMongod } from '../src/embedded-mongod/start.js'

// Keeps one mongod for as long as a process runs: that of tap, whose id is the argument. Tells its parent the URI, or why there is none.
const tapPid = Number(process.argv[2])
const tap = await readProcess(tapPid)
const dataDir = mkdtempSync(join(tmpdir(), 'noclobber-test-'))
const over = new AbortController()
process.once('SIGTERM', () => over.abort())

const tell = (message: { readonly uri: string } | { readonly line: string } | { readonly failed: string }): void => void process.send?.(message)
try {
  const mongod = await startEmbeddedMongod({ dataDir, binary: process.env.MONGOD_BINARY === '' ? undefined : process.env.MONGOD_BINARY, log: (line) => tell({ line }), signal: over.signal })
  tell({ uri: mongod.uri })
  process.disconnect()
  while (!over.signal.aborted && (await readProcess(tapPid))?.commandLine === tap?.commandLine) {
    await sleep(500, undefined, { signal: over.signal }).catch(() => undefined)
  }
  await mongod.stop(0)
} catch (error) {
  tell({ failed: error instanceof Error ? error.message : String(error) })
} finally {
  rmSync(dataDir, { recursive: true, force: true })
}
process.exit()
