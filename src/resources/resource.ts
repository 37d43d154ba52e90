import type { Static, TObject, TSchema } from '@sinclair/typebox'
import type { VersionPolicy } from '../plugins/version-hook-policy.js'
import { mergeRules, type MergeRules } from '../merge/merge-rules.js'
import { isRestricted, ownerField, type AccessRules } from '../sign-in/access.js'
import { objectIdForm, type IdForm } from '../versioned-store/id-form.js'
import type { UniqueIndex } from '../versioned-store/unique-index.js'
import { documentSchemas, type DocumentSchemas } from './document-schemas.js'
import { knownContent, type KnownContent } from './known-content.js'
import { listFault, listRules, type ListDeclaration, type ListRules } from './list-declaration.js'
import { serviceFields } from './service-fields.js'

/** A transition: from any of these states to that one. */
export interface Transition {
  readonly from: readonly string[]
  readonly to: string
}

/** The states that a document goes through. */
export interface States {
  /** The field that holds the state. Only transitions change it. */
  readonly field: string
  readonly initial: string
  /** By name: `POST /api/<resource>/:id/<name>`. */
  readonly transitions: Readonly<Record<string, Transition>>
}

/** What a team declares of a resource; everything else follows. */
export interface ResourceDeclaration<S extends TObject = TObject, T extends States | undefined = States | undefined> extends Partial<Pick<VersionPolicy, 'ifMatch' | 'weakIfMatch' | 'mismatchStatus' | 'showCurrent' | 'cacheControl'>>, AccessRules<Static<S>> {
  /** The collection, and the last part of the URL: `/api/<name>`. */
  readonly name: string
  /** What one document is called, such as `article`. */
  readonly noun: string
  /** The content of a document, without `id`, `version`, dates and state. */
  readonly schema: S
  readonly unique?: readonly UniqueIndex[]
  readonly states?: T
  /** What clients can filter and sort the list by; unless given, it is sorted by `createdAt`. */
  readonly list?: ListDeclaration
  readonly idForm?: IdForm
  /** `suffice`: a JSON Patch with a `test` needs no If-Match, since what it rests on is tested. */
  readonly patchTests?: 'suffice'
  /** `false` where a duplicate's reply may not tell which document holds the value; true unless given. */
  readonly revealExisting?: boolean
}

/** A declared resource, checked, with the schemas that follow from it. */
export interface Resource<S extends TObject = TObject, T extends States | undefined = States | undefined> extends ResourceDeclaration<S, T> {
  readonly unique: readonly UniqueIndex[]
  readonly idForm: IdForm
  readonly revealExisting: boolean
  readonly schemas: DocumentSchemas
  /** What the schema knows of stored content. */
  readonly known: KnownContent
  /** How two changes of one document merge: what the schema says in `merge`. */
  readonly mergeRules: MergeRules
  readonly listRules: ListRules
}

type StateName<T extends States> = T['initial'] | { [N in keyof T['transitions']]: T['transitions'][N]['to'] | T['transitions'][N]['from'][number] }[keyof T['transitions']]

/** The field that holds the state of a document, where a resource declares states. */
type StateField<T> = [T] extends [never] ? unknown : T extends States ? string extends T['field'] ? unknown : { [F in T['field']]: StateName<T> } : unknown

/** A document of a resource as clients see it. */
export type DocumentOf<R extends Resource> = Static<R['schema']> & StateField<NonNullable<R['states']>> & { id: string, version: number, createdAt: string, updatedAt: string }

const isOwnerField = (owner: string, states: States | undefined): boolean => /^[A-Za-z][A-Za-z0-9_]*$/.test(owner) && ![...serviceFields, states?.field].includes(owner)

const accessFault = (declaration: ResourceDeclaration): string | undefined => {
  const { cacheControl, existence } = declaration
  if (!isRestricted(declaration)) return existence === undefined ? undefined : 'existence is secret from nobody: it has neither ownedBy nor authorize'
  return typeof cacheControl === 'string' && /public|s-maxage/i.test(cacheControl) ? `cacheControl is ${JSON.stringify(cacheControl)}, but not everybody may read everything` : undefined
}

const fault = (declaration: ResourceDeclaration, content: TSchema): string | undefined => {
  const { name, noun, schema, unique = [], states, list = {}, idForm } = declaration
  const owner = ownerField(declaration)
  const fields = Object.keys(schema.properties)
  if (!/^[a-z][a-z0-9-]*$/.test(name)) return 'its name must be lower case letters, digits and hyphens'
  if (noun === '') return 'its noun is empty'
  const taken = [...serviceFields, ...(states ? [states.field] : []), ...(owner === undefined ? [] : [owner])].find((field) => fields.includes(field))
  if (taken !== undefined) return `the field ${taken} is set by the service: leave it out of the schema`
  const access = owner === undefined || isOwnerField(owner, states) ? accessFault(declaration) : `the field ${JSON.stringify(owner)} cannot hold the owner: name it with letters, digits and _, and as no other field`
  if (access !== undefined) return access
  const unknown = unique.flatMap((index) => index.fields).find((field) => field !== owner && !fields.includes(field.split('.')[0] ?? ''))
  if (unknown !== undefined) return `the unique field ${unknown} is not in the schema`
  const unreachable = states && Object.entries(states.transitions).find(([transition]) => !/^[a-z][a-z0-9-]*$/.test(transition))
  if (unreachable) return `the transition ${unreachable[0]} must be named with lower case letters, digits and hyphens`
  return listFault(list, content, idForm)
}

/** `GET /api/<resource>/events` is the stream of changes: no document may have that id. */
const withoutReserved = (form: IdForm): IdForm => form.parse('events') === undefined
  ? form
  : { description: `${form.description}, but not events`, parse: (id) => id === 'events' ? undefined : form.parse(id), generate: () => form.generate() }

/**
 * Declares a resource: a schema, unique fields, states. Throws an error that says what is wrong with a declaration.
 * Optional fields of a unique index are not compared where they are absent.
 */
export const defineResource = <S extends TObject, const T extends States | undefined = undefined>(declaration: ResourceDeclaration<S, T>): Resource<S, T> => {
  const schemas = documentSchemas(declaration)
  const wrong = fault(declaration, schemas.content)
  if (wrong !== undefined) throw new Error(`resource ${JSON.stringify(declaration.name)}: ${wrong}`)
  const required = declaration.schema.required ?? []
  return {
    ...declaration,
    unique: (declaration.unique ?? []).map((index) => ({ optional: index.fields.filter((field) => !required.includes(field)), ...index })),
    idForm: withoutReserved(declaration.idForm ?? objectIdForm),
    revealExisting: declaration.revealExisting ?? true,
    schemas,
    known: knownContent(schemas.content),
    mergeRules: mergeRules(declaration.schema),
    listRules: listRules(declaration.list ?? {}, schemas.content, ownerField(declaration))
  }
}
