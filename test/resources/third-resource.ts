import { Type } from '@sinclair/typebox'
import { defineResource } from '../../src/resources/resource.js'

/** Tickets of a helpdesk: numbered within a queue, and closed once solved. */
export const tickets = defineResource({
  name: 'tickets',
  noun: 'ticket',
  schema: Type.Object({
    queue: Type.String({ minLength: 1 }),
    number: Type.Integer({ minimum: 1 }),
    reference: Type.Optional(Type.String()),
    notes: Type.Array(Type.String(), { default: [] })
  }),
  unique: [{ fields: ['queue', 'number'] }, { fields: ['reference'] }],
  states: {
    field: 'state',
    initial: 'open',
    transitions: {
      solve: { from: ['open'], to: 'solved' },
      reopen: { from: ['solved'], to: 'open' }
    }
  }
})
