import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { runTypeScript } from './run-typescript.js'

// One real mongod for each run of tap, on data that goes with it. It is kept by a process of its own, since this one ends
// before the tests begin; that process ends when tap does, also when tap is killed.
const [command, args] = runTypeScript('test/keep-mongod.ts', String(process.ppid))
const keeper = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })

const uri = await new Promise<string>((resolve, reject) => {
  keeper.once('error', reject)
  keeper.once('exit', (code) => reject(new Error(`test/keep-mongod.ts ended with exit code ${String(code)}`)))
  keeper.on('message', (message: { uri?: string, line?: string, failed?: string }) => {
    if (message.line !== undefined) console.error(message.line)
    if (message.failed !== undefined) reject(new Error(message.failed))
    if (message.uri !== undefined) resolve(message.uri)
  })
})
mkdirSync('node_modules/.cache/noclobber-test', { recursive: true })
writeFileSync(`node_modules/.cache/noclobber-test/${process.ppid}.json`, JSON.stringify({ uri, pid: keeper.pid }))
keeper.unref()
