import { Type } from '@sinclair/typebox'
import { defineResource } from '../../src/index.js'

/** Notes: each belongs to whoever wrote it, and nobody else knows of it. */
export const notes = defineResource({
  name: 'notes',
  noun: 'note',
  schema: Type.Object({ text: Type.String({ minLength: 1 }) }),
  ownedBy: 'owner',
  existence: 'secret'
})
