import type { Desk } from './desk.js'
import { timeOf } from './time.js'

/** The articles, the latest changed first, as they change. */
export const ArticleList = ({ desk }: { readonly desk: Desk }) => {
  const { articles, more, live, notice, openId } = desk
  const listed = articles.value
  return (
    <nav class="articles" aria-label="Articles">
      <header>
        <h2>Articles</h2>
        <span class={`live ${live.value ? 'on' : ''}`} role="status">{live.value ? 'live' : 'connecting'}</span>
        <button type="button" onClick={() => void desk.create()}>New article</button>
      </header>
      <p role="status" class={`notice ${notice.value?.tone ?? ''}`}>{notice.value?.text ?? ''}</p>
      {listed?.length === 0 && <p class="muted">There is none yet.</p>}
      {listed !== undefined && listed.length > 0 && <ul>
        {listed.map(({ id, title, status, version, updatedAt }) => (
          <li key={id}>
            <a href={`#/${id}`} aria-current={id === openId.value ? 'true' : undefined}>
              <span class="title">{title}</span>
              <span class="muted"><span class={`badge ${status}`}>{status}</span> version {version}, {timeOf(updatedAt)}{desk.isUnsaved(id) && <span class="unsaved"> not saved</span>}</span>
            </a>
          </li>
        ))}
      </ul>}
      {more.value && <p class="muted">The {listed?.length} that changed last; there are more.</p>}
    </nav>
  )
}
