import { BSON, ObjectId } from 'mongodb'
import fc from 'fast-check'
import t from 'tap'
import { bsonSizeAtMost } from '../../src/versioned-store/bson-size.js'

t.test('the size of what is stored is never understated, and not much overstated where strings are long', (t) => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'binary' }).filter((name) => !name.includes('\0')), fc.jsonValue({ stringUnit: 'binary' })), (content) => {
    const form = { _id: new ObjectId(), version: Number.MAX_SAFE_INTEGER, at: new Date(), content }
    return bsonSizeAtMost(form) >= BSON.calculateObjectSize(form)
  }), { numRuns: 1000 })
  const long = { body: 'é'.repeat(50_000) }
  t.ok(bsonSizeAtMost(long) < 1.01 * BSON.calculateObjectSize(long))
  t.end()
})
