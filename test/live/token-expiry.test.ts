import t from 'tap'
import { onTokenExpiry } from '../../src/live/token-expiry.js'

const signedIn = (claims: Record<string, unknown>) => ({ principal: { sub: 'ada', claims } })

t.test('what has expired already ends at once, and what expires after the longest timer of Node does not', async (t) => {
  await new Promise<void>((resolve) => {
    // The timer alone would not keep the process.
    const alive = setTimeout(() => undefined, 60_000)
    onTokenExpiry(signedIn({ exp: 1 }), () => { clearTimeout(alive); resolve() })
  })
  const stop = onTokenExpiry(signedIn({ exp: Date.now() / 1000 + 60 * 86_400 }), () => t.fail('it has not expired'))
  await new Promise((resolve) => setImmediate(resolve))
  stop()
  for (const claims of [{}, { exp: 'never' }]) onTokenExpiry(signedIn(claims), () => t.fail('it does not expire'))()
  onTokenExpiry({ principal: null }, () => t.fail('nobody has signed in'))()
})
