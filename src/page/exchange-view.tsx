import { useState } from 'preact/hooks'
import { curlOf, indented, type Exchange, type ExchangeLog } from './exchanges.js'

const headerLines = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers).map(([name, value]) => `${name}: ${name === 'authorization' ? 'Bearer …' : value}`).join('\n')

const pathOf = (url: string): string => {
  const { pathname, search } = new URL(url)
  return pathname + search
}

const outcomeOf = ({ reply }: Exchange): string => reply === undefined ? 'no answer yet' : 'error' in reply ? 'no answer' : `${reply.status} ${reply.statusText}`

const Copy = ({ text }: { readonly text: string }) => {
  const [said, say] = useState('Copy')
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => say('Copied'), () => say('Select the line to copy it'))
  }
  return <button type="button" class="small" aria-live="polite" onClick={copy}>{said}</button>
}

const OneExchange = ({ exchange }: { readonly exchange: Exchange }) => {
  const { method, url, headers, body, reply } = exchange
  const refused = reply === undefined ? false : 'error' in reply || reply.status >= 400
  return (
    <details class="exchange">
      <summary><code>{method}</code> <code class="path">{pathOf(url)}</code> <strong class={refused ? 'refused' : 'accepted'}>{outcomeOf(exchange)}</strong></summary>
      <h3>Request</h3>
      <pre tabIndex={0}>{`${method} ${pathOf(url)}\n${headerLines(headers)}${body === undefined ? '' : `\n\n${indented(body)}`}`}</pre>
      <h3>Reply</h3>
      <pre tabIndex={0}>{reply === undefined ? 'None yet.' : 'error' in reply ? reply.error : `${reply.status} ${reply.statusText}\n${headerLines(reply.headers)}\n\n${indented(reply.body)}`}</pre>
      <h3>The same with curl <Copy text={curlOf(exchange)} /></h3>
      <pre tabIndex={0}>{curlOf(exchange)}</pre>
    </details>
  )
}

/** What one person's client has sent and got, the latest first, for those who learn the API from it. */
export const ExchangeView = ({ log }: { readonly log: ExchangeLog }) => {
  const exchanges = log.exchanges.value
  return (
    <details class="section">
      <summary>What was sent over HTTP <span class="count">{exchanges.length}</span></summary>
      {exchanges.map((exchange) => <OneExchange key={exchange.key} exchange={exchange} />)}
    </details>
  )
}
