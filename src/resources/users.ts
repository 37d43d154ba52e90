import { Type } from '@sinclair/typebox'
import { defineResource } from './resource.js'

/** Users: no two have the same e-mail address, whatever its case, or the same name to sign in with. */
export const users = defineResource({
  name: 'users',
  noun: 'user',
  schema: Type.Object({
    email: Type.String({ minLength: 3, maxLength: 254, pattern: '^[^@\\s]+@[^@\\s]+$' }),
    username: Type.String({ minLength: 1, maxLength: 64 }),
    name: Type.Optional(Type.String({ maxLength: 200 }))
  }),
  unique: [{ fields: ['email'], caseSensitive: false }, { fields: ['username'] }],
  // A person is found whatever case their address or name was typed in.
  list: { filters: { email: 'equals', username: 'equals' }, sorts: ['createdAt', 'username'], collation: { locale: 'en', strength: 2 } }
})
