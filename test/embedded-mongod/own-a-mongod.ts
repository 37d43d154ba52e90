import { startEmbeddedMongod } from '../../src/embedded-mongod/start.js'

// A process that owns a mongod on the directory in its argument, and does nothing else until it is killed.
await startEmbeddedMongod({ dataDir: process.argv[2] ?? '', binary: process.env.MONGOD_BINARY, log: (line) => console.error(line) })
console.log('started')
setInterval(() => undefined, 60_000)
