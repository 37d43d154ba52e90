import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { startTcpProxy } from '../../scripts/torture/tcp-proxy.js'

t.test('what is held back is late, and in its order, also what comes when nothing is held back any more', async (t) => {
  let arrived = ''
  const server = createServer((socket) => socket.setEncoding('latin1').on('data', (text: string) => { arrived += text }).on('error', () => undefined))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startTcpProxy((server.address() as AddressInfo).port)
  const client = connect({ port: proxy.port, host: '127.0.0.1', noDelay: true })
  t.teardown(async () => {
    client.destroy()
    await proxy.close()
    server.close()
  })
  await once(client, 'connect')
  for (const [text, ms] of [['a', undefined], ['b', 150], ['c', 20], ['d', undefined], ['e', undefined]] as const) {
    proxy.disturb(ms === undefined ? undefined : { kind: 'delay', ms })
    client.write(text)
    await sleep(20)
  }
  while (arrived.length < 5) await sleep(5)
  client.write('f')
  while (arrived.length < 6) await sleep(5)
  t.equal(arrived, 'abcdef')
})
