import { Type } from '@sinclair/typebox'
import { defineResource, type ResourceDeclaration } from '../../src/index.js'

const schema = Type.Object({ text: Type.String({ minLength: 1 }), code: Type.Optional(Type.String()) })

const declaration: ResourceDeclaration<typeof schema> = {
  name: 'tasks',
  noun: 'task',
  schema,
  unique: [{ fields: ['code'] }],
  states: { field: 'state', initial: 'open', transitions: { close: { from: ['open'], to: 'closed' } } },
  list: { filters: { text: 'equals', owner: 'equals' }, sorts: ['updatedAt'] },
  ownedBy: 'owner'
}

/** Tasks belong to who made them. */
export const tasks = defineResource(declaration)

/** The same, and nobody else knows of them. */
export const secrets = defineResource({ ...declaration, name: 'secrets', existence: 'secret' })
