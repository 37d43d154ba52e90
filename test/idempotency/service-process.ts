import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import { runTypeScript } from '../run-typescript.js'

export interface ServiceProcess {
  readonly url: string
  /** Ends it at once, as `kill -9` does. */
  readonly kill: () => Promise<void>
}

/** Starts the service as a process of its own, on a free port; it ends with the test. */
export const startServiceProcess = async (t: Test, mongodbUri: string, database: string): Promise<ServiceProcess> => {
  const child = spawn(...runTypeScript('src/server.ts'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MONGODB_URI: mongodbUri, MONGODB_DB: database, PORT: '0', LOG_LEVEL: 'silent' }
  })
  const exited = once(child, 'exit')
  const kill = async () => {
    child.kill('SIGKILL')
    await exited
  }
  t.teardown(kill)
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      const [, listening] = /listening on (http:\S+)/.exec(chunk.toString()) ?? []
      if (listening !== undefined) resolve(listening)
    })
    void exited.then(() => reject(new Error('the service ended before it listened')))
  })
  return { url, kill }
}
