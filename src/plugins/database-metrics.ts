import type { FastifyPluginCallback } from 'fastify'
import fp from 'fastify-plugin'
import { Counter, Gauge } from 'prom-client'
import type { PoolUse } from '../versioned-store/pool-use.js'
import './metrics.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** Counts a statement of a write to a resource that was sent again, since another write came first or its answer was lost. */
    countRetry?: (resource: string) => void
  }
}

const plugin: FastifyPluginCallback<{ pool: PoolUse }> = (app, { pool }, done) => {
  const { metrics } = app
  if (metrics !== undefined) {
    const registers = [metrics]
    new Gauge({
      name: 'mongodb_pool_connections', help: 'Connections to the database that are open, and that are in use', labelNames: ['state'], registers,
      collect () {
        this.set({ state: 'open' }, pool.open)
        this.set({ state: 'in_use' }, pool.inUse)
      }
    })
    new Gauge({ name: 'mongodb_pool_waiting', help: 'Operations that wait for a connection to the database', registers, collect () { this.set(pool.waiting) } })
    new Counter({
      name: 'mongodb_pool_failures_total', help: 'Operations that got no connection to the database', registers,
      collect () {
        this.reset()
        this.inc(pool.failures)
      }
    })
    const retries = new Counter({ name: 'noclobber_write_retries_total', help: 'Statements of writes that were sent again, since another write came first or an answer was lost', labelNames: ['resource'], registers })
    app.decorate('countRetry', (resource) => retries.inc({ resource }))
  }
  done()
}

/** What the registry `metrics` shows of the database: the use of the pool, and retries. Does nothing where metrics are off. */
export const databaseMetricsPlugin = fp(plugin, { name: 'noclobber-database-metrics', fastify: '5.x' })
