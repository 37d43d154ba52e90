/**
 * Where edits leave their marks: the text has a section for each editor, and each edit adds a line with its mark at the end of
 * its editor's section. A section keeps only its last `window` marks, so that the text stays small however many edits it gets.
 *
 *     ## 0
 *     - 0:41:k3f9a
 *     - 0:57:z80qm
 *     ## 1
 *
 * Between the lines that two editors change there is always a header that nobody changes, so that a merge by line can keep both.
 */

/** How many of its latest marks a section keeps. */
export const markWindow = 3

/** `editor:counter:id`, which no other edit has. */
export const makeMark = (editor: number, counter: number, id: string): string => `${editor}:${counter}:${id}`

/** The most editors whose sections fit in a text of `limit` characters, whatever their marks. */
export const editorsThatFit = (limit: number): number => Math.floor(limit / (8 + markWindow * 22))

/** The text before any edit: `editors` empty sections. */
export const initialText = (editors: number): string =>
  Array.from({ length: editors }, (_, editor) => `## ${editor}\n`).join('')

/** The marks of each editor's section in `text`, oldest first; empty for a section that is not there. */
export const readSections = (text: string, editors: number): readonly (readonly string[])[] => {
  const sections = Array.from({ length: editors }, (): string[] => [])
  let section: string[] | undefined
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) section = sections[Number(line.slice(3))]
    else if (line.startsWith('- ')) section?.push(line.trimEnd().slice(2))
  }
  return sections
}

/** `text` with `mark` as the last of the section of `editor`, and the section's oldest marks dropped beyond the window. */
export const addMark = (text: string, editor: number, mark: string): string => {
  const header = `## ${editor}\n`
  const at = text.startsWith(header) ? 0 : text.indexOf(`\n${header}`) + 1
  if (at === 0 && !text.startsWith(header)) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${header}- ${mark}\n`
  const start = at + header.length
  const next = text.startsWith('## ', start) ? start : text.indexOf('\n## ', start) + 1
  const end = next === 0 ? text.length : next
  const lines = text.slice(start, end).split('\n').filter((line) => line !== '')
  const kept = [...lines, `- ${mark}`].slice(-markWindow)
  return `${text.slice(0, start)}${kept.join('\n')}\n${text.slice(end)}`
}
