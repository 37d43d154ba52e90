import { Type } from '@sinclair/typebox'
import t from 'tap'
import { articles, defineResource, type DocumentOf, type ListDeclaration } from '../../src/index.js'

const list: ListDeclaration = { sorts: ['text'] }
const notes = defineResource({ name: 'notes', noun: 'note', schema: Type.Object({ text: Type.String({ maxLength: 9 }) }), list })

// What this file says of types the type check holds against it: a line that expects an error and has none is one.
t.test('the type of a document has its content, its state, and what the service sets', (t) => {
  const set = { id: '1', version: 1, createdAt: '', updatedAt: '' }
  const article: DocumentOf<typeof articles> = { ...set, title: 'A', body: '', tags: [], status: 'published' }
  const note: DocumentOf<typeof notes> = { ...set, text: '' }
  // @ts-expect-error: no state has this name
  const wrongState: DocumentOf<typeof articles> = { ...article, status: 'lost' }
  // @ts-expect-error: an article has a state
  const noState: DocumentOf<typeof articles> = { ...set, title: 'A', body: '', tags: [] }
  // @ts-expect-error: a note has none
  const withState: DocumentOf<typeof notes> = { ...set, text: '', status: 'draft' }
  t.strictSame([articles.states?.initial, notes.states], ['draft', undefined])
  for (const document of [article, note, wrongState, noState, withState]) t.equal(document.version, 1)
  t.end()
})
