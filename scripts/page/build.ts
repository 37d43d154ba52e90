import { build, type BuildOptions } from 'esbuild'

/** How a page of Preact is built. */
export const forBrowsers = {
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.html': 'copy', '.svg': 'copy' },
  logLevel: 'warning'
} as const satisfies BuildOptions

/**
 * Builds the web page from src/page into a directory, as `pagePlugin` serves it: index.html, page.js, page.css, icon.svg.
 * @param directory path of the directory, which is made unless it is there
 */
export const buildPage = async (directory: string): Promise<void> => {
  await build({
    entryPoints: { page: 'src/page/page.tsx', style: 'src/page/style.css', index: 'src/page/index.html', icon: 'src/page/icon.svg' },
    outdir: directory,
    ...forBrowsers
  })
}
