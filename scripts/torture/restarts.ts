import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildService } from '../load/build.js'
import { LoadError } from '../load/load-error.js'
import { randomStream } from '../load/random.js'
import { Editors } from './restart-editors.js'

const editors = 32
const startWithinMs = 120_000
/** `CLOSE_GRACE_MS` of the service, and what the system may take. */
const graceMs = 10_000
const slackMs = 2_000

const start = async (server: string, directory: string): Promise<{ readonly child: ChildProcess, readonly url: string }> => {
  const child = spawn(process.execPath, [server], { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, MONGODB_URI: '', DATA_DIR: join(directory, 'data'), HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error', NODE_ENV: 'production' } })
  let words = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => { words = (words + text).slice(-2_000) })
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /listening on (http:\/\/\S+)/.exec(line)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
  const url = await Promise.race([listening, once(child, 'exit').then(() => undefined), sleep(startWithinMs, undefined, { ref: false })])
  if (url === undefined) {
    child.kill('SIGKILL')
    throw new LoadError(`the service did not start again by itself: ${words.trim()}`)
  }
  return { child, url }
}

const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

/**
 * Kills a service with a mongod of its own, so many times, in the middle of editors who write, and starts it again on the same data:
 * each edit that was acknowledged must be there each time. At last it is told to stop: what it had accepted must have been
 * answered truly, and it ends in time. Exit status 0 or 1; what was found is printed.
 */
export const checkRestarts = async (rounds: number, seed: number, log: (line: string) => void): Promise<number> => {
  const server = await buildService(log)
  const directory = await mkdtemp(join(tmpdir(), 'noclobber-torture-restarts-'))
  const random = randomStream(seed, 0)
  const work = new Editors(editors)
  const faults: string[] = []
  let running = await start(server, directory)
  try {
    for (let round = 1; round <= rounds; round++) {
      const editing = work.edit(running.url)
      await sleep(500 + random.int(1_000))
      await end(running.child, 'SIGKILL')
      await editing
      running = await start(server, directory)
      faults.push(...(await work.missing(running.url)).map((fault) => `after kill ${round}: ${fault}`))
    }
    const editing = work.edit(running.url)
    await sleep(1_000)
    const since = performance.now()
    const code = await end(running.child, 'SIGTERM')
    const tookMs = performance.now() - since
    const { answered, unanswered } = await editing
    if (code !== 0) faults.push(`it ended with exit code ${String(code)} when it was told to stop`)
    if (tookMs > graceMs + slackMs) faults.push(`it took ${Math.round(tookMs)} ms to stop`)
    if (unanswered > 0) faults.push(`${unanswered} requests that it had accepted got no answer when it stopped`)
    running = await start(server, directory)
    faults.push(...(await work.missing(running.url)).map((fault) => `after it stopped: ${fault}`))
    process.stdout.write([
      `torture: kill -9 ${rounds} times in the middle of ${editors} editors, seed ${seed}`,
      `  edits acknowledged ${work.acknowledged}, answers lost ${work.unknown}`,
      `  then SIGTERM: ended after ${Math.round(tookMs)} ms; of the requests after it ${answered} were answered, ${unanswered} not`,
      ...faults.map((fault) => `  ${fault}`),
      faults.length === 0 ? '  ok: every acknowledged edit was there each time' : '  FAILED',
      ''
    ].join('\n'))
    return faults.length === 0 ? 0 : 1
  } finally {
    await end(running.child, 'SIGTERM')
    await rm(directory, { recursive: true, force: true })
  }
}
