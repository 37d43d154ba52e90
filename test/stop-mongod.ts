import { readFileSync, rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { readProcess } from '../src/embedded-mongod/process-table.js'

const file = `node_modules/.cache/noclobber-test/${process.ppid}.json`
const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }
const keeps = async () => (await readProcess(pid))?.commandLine.includes('test/keep-mongod.ts') === true
if (await keeps()) process.kill(pid, 'SIGTERM')
while (await keeps()) await sleep(25)
rmSync(file)
