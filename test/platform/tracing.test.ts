import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import t from 'tap'
import { startService } from '../../src/service.js'
import { readSettings } from '../../src/settings.js'
import { mongodbUri } from '../mongodb-uri.js'

t.test('with OTEL_EXPORTER_OTLP_ENDPOINT each request is a span at the collector, of the trace that its traceparent names', async (t) => {
  const received: { url: string | undefined, body: Buffer }[] = []
  const collector = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ url: request.url, body })
      response.end()
    })
  })
  collector.listen(0, '127.0.0.1')
  await once(collector, 'listening')
  t.teardown(() => void collector.close())
  const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`

  const settings = readSettings({ PORT: '0', LOG_LEVEL: 'silent', MONGODB_DB: 'tracing-test', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint }, '/no/such/file')
  const service = await startService(settings, mongodbUri(), 1_000)
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const { status } = await fetch(`${service.url}/api/articles?status=draft&token=s3cret`, { headers: { traceparent: `00-${trace}-00f067aa0ba902b7-01` } })
  t.equal(status, 400)
  await service.close()

  t.ok(received.length > 0)
  t.ok(received.every(({ url }) => url === '/v1/traces'))
  const sent = Buffer.concat(received.map(({ body }) => body))
  for (const text of ['noclobber', 'http.route', '/api/articles']) t.ok(sent.includes(text), text)
  t.ok(sent.includes(Buffer.from(trace, 'hex')))
  t.notOk(sent.includes('s3cret'))
})
