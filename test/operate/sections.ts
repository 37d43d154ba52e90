import { readFileSync } from 'node:fs'
import { codeBlocks } from '../contract/readme.js'

/** The part of a page under a heading, up to the next of its level. */
export const sectionsOf = (page: string, heading: string) => {
  const section = readFileSync(page, 'utf8').split(/^## /m).find((part) => part.startsWith(`${heading}\n`))
  if (section === undefined) throw new Error(`${page} has no section "${heading}"`)
  return {
    /** Its code blocks of a language, in their order. */
    code: (language: string): string[] => codeBlocks(section).filter((block) => block.language === language).map(({ code }) => code)
  }
}
