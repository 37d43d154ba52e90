import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { buildTestApp, listen } from '../app.js'
import { create } from '../contract/stored.js'
import { listenTo } from './listener.js'

const { app } = await buildTestApp(t)
const events = `${await listen(app)}/api/articles/events`

const valueOf = async (gauge: string): Promise<number | undefined> => {
  const [, value] = new RegExp(`^${gauge} (.*)$`, 'm').exec((await app.inject('/metrics')).body) ?? []
  return value === undefined ? undefined : Number(value)
}

t.test('/metrics shows how many listen, and how far behind the present they are', async (t) => {
  t.equal(await valueOf('noclobber_subscribers'), 0)
  t.equal(await valueOf('noclobber_change_stream_lag_seconds'), undefined)
  const listeners = await Promise.all([listenTo(t, events), listenTo(t, events)])
  await create(app, '/api/articles', { title: 'A' })
  await Promise.all(listeners.map(async (listener) => await listener.next()))
  t.equal(await valueOf('noclobber_subscribers'), 2)
  const lag = await valueOf('noclobber_change_stream_lag_seconds') ?? -1
  t.ok(lag >= 0 && lag < 60, `${lag} s`)
  for (const listener of listeners) listener.stop()
  // What is injected alone never lets the server learn that a connection was closed.
  while (await valueOf('noclobber_subscribers') !== 0) await nextTurn()
})
