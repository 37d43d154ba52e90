import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { runTypeScript } from '../run-typescript.js'
import type { Summary } from '../../scripts/load/summary.js'

/** What the load script left behind. */
export interface LoadRun { readonly status: number | null, readonly stdout: string, readonly stderr: string }

/** Runs the load script as a process of its own. */
export const runLoad = async (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<LoadRun> => {
  const [command, commandArgs] = runTypeScript('scripts/load/main.ts', ...args)
  const child = spawn(command, commandArgs, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { status: child.exitCode, stdout, stderr }
}

/** The same with `--json` in `directory`, and what it wrote. */
export const runLoadForSummary = async (directory: string, args: readonly string[]): Promise<LoadRun & { readonly summary: Summary }> => {
  const file = join(directory, 'summary.json')
  const run = await runLoad([...args, '--json', file])
  if (run.status !== 0 && run.status !== 1) throw new Error(`the load script could not judge: ${run.stderr}`)
  return { ...run, summary: JSON.parse(await readFile(file, 'utf8')) as Summary }
}
