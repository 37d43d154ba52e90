import { existsSync, readFileSync } from 'node:fs'
import type { TSchema } from '@sinclair/typebox'
import t from 'tap'
import * as noclobber from '../../src/index.js'
import { defineResource } from '../../src/resources/resource.js'
import { versionHook } from '../../src/plugins/version-hook.js'
import { settingsSchema } from '../../src/settings.js'
import { codeBlocks, sectionOf, tables } from './readme.js'

/** A file as somebody writes it who has the package installed. */
const asInstalled = (file: string) => readFileSync(file, 'utf8').replace(/'\.\.\/\.\.\/src\/[^']+'/g, "'noclobber'")

t.test('the snippets are files that the tests run', (t) => {
  t.equal(codeBlocks(sectionOf('The plugin in your own app'))[0]?.code, asInstalled('test/plugins/own-app.ts'))
  t.equal(codeBlocks(sectionOf('Declare a resource of your own'))[0]?.code, asInstalled('test/resources/third-resource.ts'))
  t.equal(noclobber.versionHook, versionHook)
  t.equal(noclobber.defineResource, defineResource)
  t.type(noclobber.conflictReplies, 'function')
  t.type(noclobber.buildApp, 'function')
  t.end()
})

t.test('the settings are those that there are', (t) => {
  const [rows] = tables(sectionOf('Settings'))
  t.strictSame(rows, Object.entries<TSchema>(settingsSchema.properties).map(([name, { default: value, description }]) =>
    [`\`${name}\``, value === undefined ? '' : `\`${String(value)}\``, description]))
  t.end()
})

t.test('each test that a promise names is there', (t) => {
  const named = [...readFileSync('README.md', 'utf8').matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file)
  t.ok(named.length >= 7)
  for (const file of named) t.ok(existsSync(file), file)
  t.end()
})
