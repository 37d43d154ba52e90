import { Type, type TSchema } from '@sinclair/typebox'
import type { QueryParameter } from '../openapi/operation.js'
import type { ListRules } from './list-declaration.js'
import type { ListedField } from './list-fields.js'
import { defaultLimit, mostItems } from './page-query.js'
import { boundName, mostValues, rangeOperators } from './list-query.js'

/** The parameters of a list of earlier versions. */
export const pageParameters: readonly QueryParameter[] = [
  { name: 'limit', description: 'How many there are in a page', schema: Type.Integer({ minimum: 1, maximum: mostItems, default: defaultLimit }) },
  { name: 'cursor', description: '`next` of the page before; it holds for the same list only', schema: Type.String() }
]

const valueOf = ({ schema }: ListedField): TSchema => Type.Unsafe({ ...schema })

/** The parameters of a list, as its rules let them be. */
export const listQueryParameters = ({ filters, sorts }: ListRules): QueryParameter[] => [
  ...pageParameters,
  { name: 'sort', description: 'The field to sort by; `-` before it is descending', schema: Type.Unsafe<string>({ type: 'string', enum: [...sorts.keys()].flatMap((name) => [`-${name}`, name]), default: '-createdAt' }) },
  ...[...filters].flatMap(([name, field]): QueryParameter[] => field.kind === 'equals'
    ? [{ name, description: `Only those with this ${name}, or, where it is repeated, with one of them`, schema: Type.Array(valueOf(field), { maxItems: mostValues }) }]
    : rangeOperators.map((operator) => ({ name: boundName(name, operator), description: `Only those whose ${name} is ${operator}`, schema: Type.String() })))
]
