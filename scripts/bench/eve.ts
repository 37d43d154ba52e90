import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheDirectory } from '../../src/embedded-mongod/binary-cache.js'
import { runCommand } from '../../src/embedded-mongod/run-command.js'
import { LoadError } from '../load/load-error.js'
import { startServer, type ServerProcess } from '../load/server-process.js'

/** Eve (https://docs.python-eve.org) and the server for it, pinned so that runs can be compared. */
const packages = ['eve==2.3.1', 'gunicorn==23.0.0']

const install = async (log: (line: string) => void): Promise<string> => {
  const venv = join(cacheDirectory(process.env), `venv-${packages.join('-').replaceAll('=', '')}`)
  const gunicorn = join(venv, 'bin', 'gunicorn')
  if (existsSync(gunicorn)) return gunicorn
  log(`installing ${packages.join(' and ')} into ${venv}`)
  const options = { env: process.env, silenceMs: 120_000 }
  await mkdir(cacheDirectory(process.env), { recursive: true })
  await runCommand('python3', ['-m', 'venv', '--clear', venv], options)
  await runCommand(join(venv, 'bin', 'pip'), ['install', '--disable-pip-version-check', ...packages], options)
  return gunicorn
}

/** Starts Eve under gunicorn, as `eve/gunicorn.conf.py` says. `log` takes a line where it must be installed first. Throws LoadError. */
export const startEve = async (env: Readonly<Record<string, string>>, log: (line: string) => void): Promise<ServerProcess> => {
  const gunicorn = await install(log).catch((error: unknown) => {
    throw new LoadError(`Eve could not be installed (${error instanceof Error ? error.message : String(error)}): leave out --with eve, or see that python3 can make a venv and reach PyPI`)
  })
  return startServer('eve', ['--config', fileURLToPath(new URL('eve/gunicorn.conf.py', import.meta.url))], env, gunicorn)
}
