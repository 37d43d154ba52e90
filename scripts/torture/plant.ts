import { mkdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { LoadError } from '../load/load-error.js'
import type { Defect, Edit } from './defects.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const sources = join(root, 'src')

/** A source with one edit made. Throws LoadError where what is to be replaced isn't there just once. */
const edited = (source: string, { file, from, to }: Edit): string => {
  const count = source.split(from).length - 1
  if (count !== 1) throw new LoadError(`src/${file} has ${count} times, and not once, what a defect is planted in: ${JSON.stringify(from)}; scripts/torture/defects.ts must follow it`)
  return source.replace(from, () => to)
}

/**
 * Builds the service with a defect in it, as one file that stands beside nothing that is published: the sources themselves are
 * never changed. Its path.
 */
export const plant = async (name: string, { edits }: Pick<Defect, 'edits'>): Promise<string> => {
  const directory = join(root, 'node_modules', '.noclobber-torture')
  await mkdir(directory, { recursive: true })
  const outfile = join(directory, `${name}.mjs`)
  const planted = new Set<Edit>()
  const planting: Plugin = {
    name: 'plant',
    setup: (building) => {
      building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const own = edits.filter(({ file }) => file === relative(sources, path))
        const source = await readFile(path, 'utf8')
        for (const edit of own) planted.add(edit)
        return { loader: 'ts', contents: own.reduce(edited, source) }
      })
    }
  }
  const { errors } = await build({ entryPoints: [join(sources, 'server.ts')], bundle: true, packages: 'external', platform: 'node', target: 'node20', format: 'esm', outfile, plugins: [planting], logLevel: 'silent' })
    .catch((error: unknown) => { throw error instanceof Error && 'errors' in error ? new LoadError(`the defect ${name} can't be planted: ${error.message}`) : error })
  const missing = edits.find((edit) => !planted.has(edit))
  if (missing !== undefined || errors.length > 0) throw new LoadError(`the defect ${name} can't be planted: src/${missing?.file ?? ''} is no part of the service`)
  return outfile
}
