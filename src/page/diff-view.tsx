import { diffWordsWithSpace } from 'diff'
import { textOf } from './article.js'

/** What a word was before, and what it is now; longer texts are compared as a whole, since that takes too long by word. */
const maxLength = 20_000

/** A value with what was removed and added since another one. The words "removed" and "added" are there for those who can't see it. */
export const DiffView = ({ from, to }: { readonly from: unknown, readonly to: unknown }) => {
  const [before, after] = [textOf(from), textOf(to)]
  const parts = before.length + after.length > maxLength
    ? [{ value: before, removed: true, added: false }, { value: after, removed: false, added: true }]
    : diffWordsWithSpace(before, after)
  return (
    <div class="value">
      {after === '' && before === '' && <em>empty</em>}
      {parts.map(({ value, added, removed }, i) => added
        ? <ins key={i}><span class="unseen">added: </span>{value}</ins>
        : removed ? <del key={i}><span class="unseen">removed: </span>{value}</del> : <span key={i}>{value}</span>)}
    </div>
  )
}
