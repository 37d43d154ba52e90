import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Settings } from './settings.js'
import { urlOf, type Service } from './service.js'
import { answerInstances } from './instance-metrics.js'
import { startError } from './start-error.js'

/** How long to wait before a process that has died is replaced, in ms. */
const restartAfterMs = 500

/**
 * Starts `INSTANCES` processes of the service on one port, all on one database: writes are decided there, so that it does not
 * matter which process does them (https://nodejs.org/docs/latest-v20.x/api/cluster.html). One that dies is replaced.
 * Throws a start error where one does not come to listen.
 */
export const startInstances = async (settings: Settings, mongodbUri: string, say: (line: string) => void): Promise<Service> => {
  let closing = false
  const fork = (): Worker => cluster.fork({ MONGODB_URI: mongodbUri, INSTANCES: String(settings.INSTANCES) })
  const listening = async (worker: Worker): Promise<number> => {
    const died = once(worker, 'exit').then(([code]: unknown[]) => { throw startError(`An instance of the service ended with code ${String(code)} before it listened`) })
    const address = await Promise.race([once(worker, 'listening'), died])
    const [{ port }] = address as [{ port: number }]
    return port
  }
  if (settings.METRICS) answerInstances()
  const started = Array.from({ length: settings.INSTANCES }, fork)
  const [port = settings.PORT] = await Promise.all(started.map(listening)).catch(async (error: unknown) => {
    for (const worker of started) worker.process.kill('SIGKILL')
    return await Promise.reject(error instanceof Error ? error : new Error(String(error)))
  })
  cluster.on('exit', (worker, code, signal) => {
    if (closing) return
    say(`Instance ${String(worker.process.pid)} ended (${signal || String(code)}): it is replaced`)
    void sleep(restartAfterMs).then(() => closing || fork())
  })
  return {
    url: urlOf(settings, { port }),
    close: async () => {
      closing = true
      const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined)
      await Promise.all(workers.filter((worker) => !worker.isDead()).map(async (worker) => {
        const ended = once(worker, 'exit')
        worker.process.kill('SIGTERM')
        await ended
      }))
    }
  }
}
