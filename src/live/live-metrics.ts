import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import { Gauge } from 'prom-client'
import '../plugins/metrics.js'
import type { LiveEvents } from './live-events.js'

const plugin: FastifyPluginCallback<{ live: LiveEvents }> = (app, { live }, done) => {
  const { metrics } = app
  if (metrics !== undefined) {
    const registers = [metrics]
    new Gauge({ name: 'noclobber_subscribers', help: 'Clients that listen to changes', registers, collect () { this.set(live.subscribers) } })
    new Gauge({
      name: 'noclobber_change_stream_lag_seconds', help: 'How far what those who listen are told is behind the present', registers, aggregator: 'max',
      collect () {
        const { lagMs } = live
        if (lagMs === undefined) this.remove()
        else this.set(lagMs / 1000)
      }
    })
  }
  done()
}

/** What the registry `metrics` shows of those who listen to changes. Does nothing where metrics are off. */
export const liveMetricsPlugin = fp(plugin, { name: 'noclobber-live-metrics', fastify: '5.x' })
