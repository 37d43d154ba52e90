// Provisional: replaced by the embedded mongod of src/embedded-mongod.
import { readFileSync, rmSync } from 'node:fs'

const file = `node_modules/.cache/noclobber-test/${process.ppid}.json`
const { pid, dir } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number, dir: string }
process.kill(pid, 'SIGKILL')
rmSync(dir, { recursive: true, force: true })
rmSync(file)
