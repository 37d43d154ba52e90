import { Type } from '@sinclair/typebox'
import { defineResource } from '../../src/index.js'

/** Papers: the author lets others edit them, and is the only one who may publish or delete them. */
export const papers = defineResource({
  name: 'papers',
  noun: 'paper',
  schema: Type.Object({ title: Type.String(), editors: Type.Array(Type.String(), { default: [] }) }),
  states: { field: 'status', initial: 'draft', transitions: { publish: { from: ['draft'], to: 'published' } } },
  ownedBy: { field: 'author', unless: () => true },
  authorize: ({ principal }, action, { author, editors, status }) => {
    const sub = principal?.sub ?? ''
    if (author === sub) return true
    return (action === 'read' && status === 'published') || (['read', 'update'].includes(action) && editors.includes(sub))
  }
})
