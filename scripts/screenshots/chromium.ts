import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import chromium from '@sparticuz/chromium'
import { chromium as playwright, type Browser } from 'playwright-core'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

const { version } = JSON.parse(readFileSync('node_modules/@sparticuz/chromium/package.json', 'utf8')) as { version: string }
const unpacked = resolve(`node_modules/.cache/noclobber-test/chromium-with-fonts-${version}`)
const fontConfiguration = 'fontconfig.xml'

/** Unpacks the browser once for each of its versions, whole or not at all, also when several tests begin at once. */
const unpack = async (): Promise<string> => {
  if (existsSync(unpacked)) return unpacked
  await mkdir(join(unpacked, '..'), { recursive: true })
  const directory = await mkdtemp(`${unpacked}-`)
  const { TMPDIR } = process.env
  try {
    // The package knows no other way to say where to.
    process.env.TMPDIR = directory
    await chromium.executablePath()
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = TMPDIR
  }
  // Chromium ends itself where it finds no font for a field to type in.
  await writeFile(join(directory, fontConfiguration), `<?xml version="1.0"?><fontconfig><dir>${join(unpacked, 'fonts')}</dir><cachedir>${join(unpacked, 'fonts-cache')}</cachedir></fontconfig>\n`)
  await rename(directory, unpacked).catch(async (error: unknown) => {
    await rm(directory, { recursive: true })
    if (!existsSync(unpacked)) throw error
  })
  return unpacked
}

/** A real Chromium without a window. Whoever starts it closes it. */
export const launchChromium = async (): Promise<Browser> => {
  const directory = await unpack()
  return await playwright.launch({ executablePath: join(directory, 'chromium'), args: flags, headless: true, env: { ...process.env, FONTCONFIG_FILE: join(directory, fontConfiguration) } })
}
