import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { forBrowsers } from '../../page/build.js'

/** One file of the page. */
export interface PageFile {
  /** `index.html`, `page.js`, `style.css` or `icon.svg`. */
  readonly name: string
  readonly content: Uint8Array
}

/** The dashboard's page and all that it loads, built in memory. */
export const buildDashboardPage = async (): Promise<readonly PageFile[]> => {
  const { outputFiles } = await build({
    entryPoints: { page: 'scripts/load/dashboard/page/page.tsx', style: 'scripts/load/dashboard/page/style.css', index: 'scripts/load/dashboard/page/index.html', icon: 'src/page/icon.svg' },
    absWorkingDir: fileURLToPath(new URL('../../..', import.meta.url)),
    outdir: 'dashboard',
    write: false,
    ...forBrowsers
  })
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents }))
}
