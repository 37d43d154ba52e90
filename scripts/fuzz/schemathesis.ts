import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The release that is run: another one generates other requests. */
const release = '4.32.5'

const cache = 'node_modules/.cache/noclobber-fuzz'
const venv = resolve(cache, `schemathesis-${release}`)
const program = join(venv, 'bin', 'st')

/** What is held against the document, and of each reply. `not_a_server_error` is any 5xx. */
const checks = ['not_a_server_error', 'status_code_conformance', 'content_type_conformance', 'response_headers_conformance', 'response_schema_conformance', 'unsupported_method', 'use_after_free']

const run = async (command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<number> => {
  // What it remembers between runs goes beside it.
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env, cwd: resolve(cache) })
  const kill = () => void child.kill()
  process.once('exit', kill)
  try {
    const [code] = await once(child, 'exit') as [number | null]
    return code ?? 1
  } finally {
    process.off('exit', kill)
  }
}

/** Installs schemathesis (https://pypi.org/project/schemathesis/) into an environment of its own, once. Throws where python3 can't. */
export const installSchemathesis = async (log: (line: string) => void): Promise<void> => {
  if (existsSync(program)) return
  await mkdir(cache, { recursive: true })
  log(`installing schemathesis ${release} into ${venv}`)
  const made = await run('python3', ['-m', 'venv', '--clear', venv]).catch(() => 1)
  if (made !== 0) throw new Error('python3 -m venv does not work here: install Python 3.10 or later with its module venv')
  const installed = await run(join(venv, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${release}`])
  if (installed !== 0) throw new Error(`pip cannot install schemathesis ${release}: see above`)
}

/**
 * Runs schemathesis over the document at `url`, with so many requests at most for each operation and phase. Its exit status: 0
 * unless a check failed.
 */
export const runSchemathesis = async (url: string, { seed, casesOfOperation }: { readonly seed: number, readonly casesOfOperation: number }): Promise<number> =>
  await run(program, [
    'run', `${url}/openapi.json`, '--checks', checks.join(','), '--phases', 'examples,coverage,fuzzing,stateful', '--mode', 'all',
    '--max-examples', String(casesOfOperation), '--seed', String(seed), '--generation-database', 'none', '--continue-on-failure', '--workers', '1',
    // A stream of events has no end to wait for.
    '--exclude-path-regex', '/events$',
    // A machine that was busy elsewhere for a while is no fault of the service.
    '--request-timeout', '300', '--suppress-health-check', 'all', '--warnings', 'off', '--no-color'
  ], { ...process.env, SCHEMATHESIS_HOOKS: fileURLToPath(new URL('hooks.py', import.meta.url)), FUZZ_SEED: String(seed) })
