import { diffArrays } from 'diff'
import { diff3Merge } from 'node-diff3'

/** Bounds the time to find what a side changed: lines removed and lines added together. */
const MOST_CHANGES = 500

/** Bounds the time to merge: about the lines of one text times those of the other. */
const MOST_STEPS = 25_000_000

/**
 * Merges three texts by line, like git (`git merge-file`): changes of different lines merge where at least one unchanged line
 * stands between them; the same change on both sides is one change. A line includes its line feed.
 * @returns undefined where lines clash, or there is too much to compare: more than 500 lines that a side removed or added, or
 * about 5 000 lines between the first changed line and the last
 */
export function mergeLines (base: string, theirs: string, yours: string): string | undefined {
  const baseLines = linesOf(base)
  const theirLines = linesOf(theirs)
  const yourLines = linesOf(yours)
  const { head, tail } = unchangedEnds(baseLines, theirLines, yourLines)
  const between = (lines: string[]) => lines.slice(head, lines.length - tail)
  const longest = Math.max(theirLines.length, yourLines.length) - head - tail
  if ((baseLines.length - head - tail) * longest > MOST_STEPS) return undefined

  const theirPieces = align(between(baseLines), between(theirLines))
  const yourPieces = align(between(baseLines), between(yourLines))
  if (theirPieces === undefined || yourPieces === undefined) return undefined
  const kept = between(baseLines)
  const textOf = (pieces: readonly string[]) =>
    pieces.map(piece => piece.startsWith(ADDED) ? piece.slice(ADDED.length) : kept[Number(piece)]).join('')
  const merged = [baseLines.slice(0, head).join('')]
  for (const { ok } of diff3Merge(theirPieces, kept.map((_, index) => String(index)), yourPieces)) {
    if (ok === undefined) return undefined
    merged.push(textOf(ok))
  }
  return merged.join('') + baseLines.slice(baseLines.length - tail).join('')
}

const ADDED = '+'

/**
 * A side as pieces: the index of a line that it has from base, or its own text behind a plus sign. No index stands twice,
 * which spares `diff3Merge`, whose time grows with the cube of repeated lines (blank ones), from comparing lines.
 */
function align (base: string[], side: string[]): string[] | undefined {
  let at = 0
  return diffArrays(base, side, { maxEditLength: MOST_CHANGES })?.flatMap(({ value, added, removed }) => {
    if (added) return value.map(line => ADDED + line)
    const from = at
    at += value.length
    return removed ? [] : value.map((_, index) => String(from + index))
  })
}

const linesOf = (text: string): string[] => text === '' ? [] : text.split(/(?<=\n)/)

/** How many lines at the start (head) and at the end (tail) are the same in all three. */
function unchangedEnds (base: string[], theirs: string[], yours: string[]): { head: number, tail: number } {
  const shortest = Math.min(base.length, theirs.length, yours.length)
  let head = 0
  while (head < shortest && base[head] === theirs[head] && base[head] === yours[head]) head++
  let tail = 0
  while (tail < shortest - head && base.at(-1 - tail) === theirs.at(-1 - tail) && base.at(-1 - tail) === yours.at(-1 - tail)) tail++
  return { head, tail }
}
