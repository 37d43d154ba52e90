import type { Side, Verdict } from '../state.js'

const Findings = ({ target, verdict: { findings, more } }: { readonly target: string, readonly verdict: Verdict }) => (
  <details open>
    <summary>What was found, each with its document and edits</summary>
    <div class="scroll findings" role="region" aria-label={`What was found: ${target}`} tabIndex={0}>
      <ol>{findings.map((sentence) => <li key={sentence}>{sentence}</li>)}</ol>
      {more > 0 && <p class="muted">And {more} more: --json FILE writes them all.</p>}
    </div>
  </details>
)

/** What each run came to, when it is over. */
export const Verdicts = ({ sides }: { readonly sides: readonly Side[] }) => (
  <div class="verdicts">
    {sides.map(({ target, verdict, problem }) => (verdict !== undefined || problem !== undefined) && (
      <section key={target} class={`verdict ${verdict?.ok === true ? 'good' : 'bad'}`}>
        <h2>{target}: {verdict === undefined ? 'could not be judged' : verdict.ok ? 'ok' : 'FAILED'}</h2>
        <p>{verdict?.line ?? problem}</p>
        {verdict?.ok === false && <Findings target={target} verdict={verdict} />}
      </section>
    ))}
  </div>
)
