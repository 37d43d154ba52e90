import { execFile } from 'node:child_process'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LoadError } from './load-error.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const changedAt = async (file: string): Promise<number> => stat(file).then(({ mtimeMs }) => mtimeMs, () => 0)

/**
 * The path of the built service, `dist/server.js`; built first where it isn't there or a source is younger.
 * `log` takes a line before that. Throws LoadError with the compiler's first complaint.
 */
export const buildService = async (log: (line: string) => void): Promise<string> => {
  const server = join(root, 'dist', 'server.js')
  const sources = await readdir(join(root, 'src'), { recursive: true })
  const youngest = Math.max(...await Promise.all(sources.filter((name) => name.endsWith('.ts')).map((name) => changedAt(join(root, 'src', name)))))
  if (await changedAt(server) > youngest) return server
  log('building the service')
  await promisify(execFile)(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'], { cwd: root }).catch((error: unknown) => {
    const [complaint = ''] = error instanceof Error && 'stdout' in error ? String(error.stdout).split('\n') : []
    throw new LoadError(`the service can't be built: ${complaint}`)
  })
  return server
}
