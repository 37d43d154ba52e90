import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import t from 'tap'

const maxBytes = 6_000

t.test(`the client, minified and compressed, is under ${maxBytes} bytes, for a browser as it is`, async (t) => {
  const { outputFiles, warnings, metafile } = await build({ entryPoints: ['src/client/index.ts'], bundle: true, minify: true, format: 'esm', platform: 'browser', target: 'es2022', write: false, metafile: true })
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).length
  t.comment(`${bytes} bytes`)
  t.ok(bytes > 1_000 && bytes < maxBytes, `${bytes} bytes`)
  t.strictSame(warnings, [])
  t.ok(Object.keys(metafile.inputs).every((path) => path.startsWith('src/client/')), 'nothing else is in it')
})

t.test('the client imports nothing but its own files, not even types', (t) => {
  for (const name of readdirSync('src/client')) {
    const imported = [...readFileSync(`src/client/${name}`, 'utf8').matchAll(/from '([^']+)'/g)].map(([, path]) => path)
    t.strictSame(imported.filter((path) => path?.startsWith('./') !== true), [], name)
  }
  t.end()
})
