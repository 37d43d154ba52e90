import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

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
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.html': 'copy', '.svg': 'copy' },
    logLevel: 'warning'
  })
  return outputFiles.map(({ path, contents }) => ({ name: basename(path), content: contents }))
}
