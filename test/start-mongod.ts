// Provisional: replaced by the embedded mongod of src/embedded-mongod.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { MongoClient } from 'mongodb'

const port = await new Promise<number>((resolve) => { const s = createServer().listen(0, '127.0.0.1', () => { const a = s.address(); s.close(() => resolve(typeof a === 'object' && a ? a.port : 0)) }) })
const dir = mkdtempSync(join(tmpdir(), 'noclobber-test-'))
const child = spawn(process.env.MONGOD_BINARY ?? 'mongod', ['--dbpath', dir, '--port', String(port), '--bind_ip', '127.0.0.1', '--replSet', 'rs0', '--logpath', join(dir, 'log')], { detached: true, stdio: 'ignore' })
child.unref()
const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`)
await client.db('admin').command({ replSetInitiate: { _id: 'rs0', members: [{ _id: 0, host: `127.0.0.1:${port}` }] } })
for (;;) { const h = await client.db('admin').command({ hello: 1 }); if (h.isWritablePrimary) break; await new Promise((r) => setTimeout(r, 20)) }
await client.close()
mkdirSync('node_modules/.cache/noclobber-test', { recursive: true })
writeFileSync(`node_modules/.cache/noclobber-test/${process.ppid}.json`, JSON.stringify({ uri: `mongodb://127.0.0.1:${port}/?replicaSet=rs0`, pid: child.pid, dir }))
