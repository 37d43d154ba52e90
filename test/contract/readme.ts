import { readFileSync } from 'node:fs'

const readme = readFileSync('README.md', 'utf8')

/** The part of the README under a heading, up to the next of its level. */
export const sectionOf = (heading: string): string => {
  const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`the README has no section "${heading}"`)
  return section
}

/** The code blocks of a part of the README, in their order. */
export const codeBlocks = (part: string): { language: string, code: string }[] =>
  [...part.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({ language, code }))

/** The tables of a part of the README: rows of cells, without the head. */
export const tables = (part: string): string[][][] =>
  [...part.matchAll(/^\|.*\n\|[ |-]+\|\n((?:\|.*\n)+)/gm)].map(([, rows = '']) =>
    rows.trimEnd().split('\n').map((row) => row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim())))
