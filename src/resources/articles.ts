import { Type } from '@sinclair/typebox'
import { defineResource } from './resource.js'

/** Articles: a draft is published and archived. */
export const articles = defineResource({
  name: 'articles',
  noun: 'article',
  schema: Type.Object({
    title: Type.String({ minLength: 1, maxLength: 200 }),
    body: Type.String({ maxLength: 100_000, default: '', merge: 'lines' }),
    tags: Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { maxItems: 32, uniqueItems: true, default: [], merge: 'set' })
  }),
  states: {
    field: 'status',
    initial: 'draft',
    transitions: {
      publish: { from: ['draft'], to: 'published' },
      unpublish: { from: ['published'], to: 'draft' },
      archive: { from: ['published'], to: 'archived' }
    }
  },
  list: { filters: { status: 'equals' }, sorts: ['createdAt', 'updatedAt', 'title'] }
})
