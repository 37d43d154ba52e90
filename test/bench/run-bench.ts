import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { mongodbUri } from '../mongodb-uri.js'
import { runTypeScript } from '../run-typescript.js'

/** What the benchmark left behind. */
export interface BenchRun { readonly status: number | null, readonly stdout: string, readonly stderr: string }

/** Runs the benchmark as a process of its own, on the mongod of this run of the tests and on the service as its source stands. */
export const runBench = async (...args: readonly string[]): Promise<BenchRun> => {
  const [command, commandArgs] = runTypeScript('scripts/bench/main.ts', '--server', 'src/server.ts', '--seconds', '0.05', '--rounds', '1', ...args)
  const child = spawn(command, commandArgs, { env: { ...process.env, MONGODB_URI: mongodbUri() }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status: child.exitCode, stdout, stderr }
}
