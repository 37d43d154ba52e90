import type { Express } from 'express'
import mongoose from 'mongoose'

/**
 * Runs one of the peer servers as a process: connects Mongoose to `MONGODB_URI` (database `MONGODB_DB`), listens on
 * 127.0.0.1 at `PORT` (unless given, a free one), and prints `listening on http://HOST:PORT`. SIGTERM and SIGINT end it.
 */
export const serve = async (app: Express): Promise<void> => {
  const { MONGODB_URI: uri, MONGODB_DB: dbName = 'peer', PORT: port = '0' } = process.env
  if (uri === undefined) throw new Error('MONGODB_URI is not set')
  await mongoose.connect(uri, { dbName })
  const server = app.listen(Number(port), '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) console.log(`listening on http://127.0.0.1:${address.port}`)
  })
  const close = () => {
    server.close()
    server.closeAllConnections()
    void mongoose.disconnect()
  }
  process.once('SIGTERM', close).once('SIGINT', close)
}
