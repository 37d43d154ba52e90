import type { FastifyRequest } from 'fastify'
import t from 'tap'
import { buildTestApp } from '../app.js'
import { problem } from '../plugins/problem-app.js'

const senderOf = ({ headers: { authorization } }: FastifyRequest) => authorization
const { app } = await buildTestApp(t, { platform: { rateLimitMax: 2, senderOf, trustProxy: ['127.0.0.1'], corsOrigins: ['https://app.example'] } })

const ask = (remoteAddress: string, headers: Record<string, string> = {}, url = '/api/articles') => app.inject({ url, remoteAddress, headers })
const statuses = async (times: number, ...args: Parameters<typeof ask>): Promise<number[]> => {
  const seen = []
  while (seen.length < times) seen.push((await ask(...args)).statusCode)
  return seen
}

t.test('who sends more than so many in a minute gets 429, and is told when to come again', async (t) => {
  t.strictSame(await statuses(2, '10.0.0.1'), [200, 200])
  const refused = await ask('10.0.0.1', { origin: 'https://app.example' })
  t.equal(refused.statusCode, 429)
  t.match(String(refused.headers['retry-after']), /^([1-9]|[1-5]\d|60)$/)
  t.match(refused.headers, { 'content-type': 'application/problem+json', 'cache-control': 'no-store', 'access-control-allow-origin': 'https://app.example' })
  t.strictSame(refused.json(), problem('rate-limited', 'Too Many Requests', 429, 'More than 2 requests in a minute', '/api/articles', { retryable: true }))
  t.equal((await app.inject({ method: 'POST', url: '/api/articles', remoteAddress: '10.0.0.1', payload: { title: 'A' } })).statusCode, 429)
  t.equal((await ask('10.0.0.2')).statusCode, 200, 'others are not touched')
})

t.test('also for URLs that no route has', async (t) => {
  t.strictSame(await statuses(3, '10.0.1.1', {}, '/nothing'), [404, 404, 429])
})

t.test('who has a name is counted by it, wherever they come from', async (t) => {
  const ada = { authorization: 'ada' }
  t.strictSame([...await statuses(1, '10.0.2.1', ada), ...await statuses(2, '10.0.2.2', ada)], [200, 200, 429])
  t.strictSame(await statuses(1, '10.0.2.1', { authorization: 'ben' }), [200])
  t.strictSame(await statuses(1, '10.0.2.1'), [200])
})

t.test('behind a proxy that is believed, the client is who it says; behind another, the one who connects', async (t) => {
  const from = (address: string) => ({ 'x-forwarded-for': address })
  t.strictSame(await statuses(3, '127.0.0.1', from('10.0.3.1')), [200, 200, 429])
  t.strictSame(await statuses(1, '127.0.0.1', from('10.0.3.2')), [200])
  t.strictSame(await statuses(2, '10.0.3.9', from('10.0.3.3')), [200, 200])
  t.strictSame(await statuses(1, '10.0.3.9', from('10.0.3.4')), [429])
})

t.test('the addresses of one IPv6 network are one client', async (t) => {
  t.strictSame([...await statuses(2, '2001:db8:1:1::1'), ...await statuses(1, '2001:db8:1:1::2'), ...await statuses(1, '2001:db8:1:2::1')], [200, 200, 429, 200])
})

t.test('health checks are never refused', async (t) => {
  t.strictSame(await statuses(5, '10.0.4.1', {}, '/health/live'), [200, 200, 200, 200, 200])
})
