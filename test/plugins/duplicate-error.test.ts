import t from 'tap'
import { duplicateError, takenIdError } from '../../src/plugins/duplicate-error.js'

t.test('field, fields, and who holds the value', (t) => {
  const error = duplicateError({ noun: 'user', fields: ['email'], existing: { href: '/api/users/5', version: 3 } })
  t.equal(error.statusCode, 409)
  t.equal(error.message, 'A user with this email already exists')
  t.strictSame(error.members, { field: 'email', fields: ['email'], existing: { href: '/api/users/5' }, currentVersion: 3 })
  t.strictSame(error.headers, {})
  t.strictSame(duplicateError({ noun: 'user', fields: ['email'], existing: { href: '/x' } }).members, { field: 'email', fields: ['email'], existing: { href: '/x' } })
  t.strictSame(duplicateError({ noun: 'user', fields: ['email'] }).members, { field: 'email', fields: ['email'] })
  t.strictSame(duplicateError({ noun: 'user', fields: ['email'], existing: undefined }).members, { field: 'email', fields: ['email'] })
  t.end()
})

t.test('several fields, and none that is known', (t) => {
  const three = duplicateError({ noun: 'seat', fields: ['hall', 'row', 'number'] })
  t.equal(three.message, 'A seat with this hall, row and number already exists')
  t.strictSame(three.members, { field: 'hall', fields: ['hall', 'row', 'number'] })
  t.equal(duplicateError({ noun: 'seat', fields: ['hall', 'row'] }).message, 'A seat with this hall and row already exists')
  const none = duplicateError({ noun: 'seat', fields: [] })
  t.equal(none.message, 'A seat with this value already exists')
  t.strictSame(none.members, { fields: [] })
  t.end()
})

t.test('a or an, as it is spoken', (t) => {
  const a = ['user', 'User', 'unit', 'university', 'utility', 'European', 'euro', 'one-off', 'URL', 'UUID', 'house', 'history', 'shop', 'street', 'book', 'usage', 'ewe', 'LAN-less'.toLowerCase()]
  const an = ['article', 'Article', 'email', 'invoice', 'order', 'umbrella', 'uncle', 'unnamed', 'unimportant', 'hour', 'honour', 'heir', 'SKU', 'FAQ', 'X-ray', 'API', 'ID', 'MP3', 'utterance']
  for (const noun of a) t.equal(takenIdError(noun).message, `A ${noun} with this id already exists`)
  for (const noun of an) t.equal(takenIdError(noun).message, `An ${noun} with this id already exists`)
  t.end()
})
