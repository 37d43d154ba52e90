import { Type } from '@sinclair/typebox'
import { defineResource } from '../../src/resources/resource.js'

/** Parts of a shop: a field of each type that a list can compare, one that may be absent, one that may be null, and filters of both kinds. */
export const parts = defineResource({
  name: 'parts',
  noun: 'part',
  schema: Type.Object({
    name: Type.String({ maxLength: 100 }),
    price: Type.Number({ minimum: 0 }),
    stock: Type.Optional(Type.Integer()),
    active: Type.Boolean(),
    size: Type.Union([Type.Literal('S'), Type.Literal('M'), Type.Null()], { default: null }),
    labels: Type.Array(Type.String())
  }),
  states: { field: 'state', initial: 'new', transitions: { use: { from: ['new'], to: 'used' }, renew: { from: ['used'], to: 'new' } } },
  list: {
    filters: { labels: 'equals', state: 'equals', active: 'equals', stock: 'equals', name: 'range', price: 'range', createdAt: 'range' },
    sorts: ['name', 'price', 'stock', 'active', 'size', 'updatedAt']
  }
})

/** The field that a list of parts is sorted by, as it is in a document. */
export const partSorts = ['createdAt', 'updatedAt', 'name', 'price', 'stock', 'active', 'size']
