import { Type } from '@sinclair/typebox'
import { defineResource } from '../../src/index.js'

export const books = defineResource({
  name: 'books',
  noun: 'book',
  schema: Type.Object({
    title: Type.String({ maxLength: 200 }),
    genre: Type.Union([Type.Literal('crime'), Type.Literal('poetry'), Type.Literal('travel')]),
    authors: Type.Array(Type.String({ maxLength: 100 })),
    price: Type.Number({ minimum: 0 })
  }),
  list: {
    filters: { authors: 'equals', genre: 'equals', price: 'range', createdAt: 'range' },
    sorts: ['title', 'price', 'updatedAt']
  }
})
