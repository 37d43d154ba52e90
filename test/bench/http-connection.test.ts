import t from 'tap'
import { readReply } from '../../scripts/bench/http-connection.js'

const ok = 'HTTP/1.1 200 OK\r\nETag: "5"\r\nContent-Length: 4\r\n\r\n{"a"'

t.test('a reply is read once it is whole', (t) => {
  for (let length = 0; length < ok.length; length++) t.equal(readReply(Buffer.from(ok.slice(0, length))), undefined)
  const read = readReply(Buffer.from(ok))
  t.same(read, { length: ok.length, reply: { status: 200, etag: '"5"', body: Buffer.from('{"a"') } })
  t.equal(readReply(Buffer.from(`${ok}HTTP/1.1`))?.length, ok.length, 'what comes behind it is no part of it')
  t.end()
})

t.test('204 and 304 have no body, whatever the header says of its length', (t) => {
  const head = 'HTTP/1.1 304 Not Modified\r\ncontent-length: 900\r\netag: "7"\r\n\r\n'
  t.same(readReply(Buffer.from(head)), { length: head.length, reply: { status: 304, etag: '"7"', body: Buffer.alloc(0) } })
  t.end()
})

t.test('a reply whose end can\'t be known is refused', (t) => {
  t.throws(() => readReply(Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n')), { message: /without Content-Length/ })
  t.end()
})
