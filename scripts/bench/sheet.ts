import { fields } from '../peers/sheet-fields.js'

const filling = 'the quick brown fox jumps over the lazy dog'

/** A value of a field; no other edit has it. */
export const valueOf = (edit: number): string => `${String(edit).padStart(10, '0')} ${filling}`

/** The JSON of a sheet of about 1 kB. */
export const sheetJson = (edit: number): string => JSON.stringify(Object.fromEntries(fields.map((field) => [field, valueOf(edit)])))

/** The JSON of a merge patch that changes one field, to a value that no other edit gives it. */
export const sheetPatchJson = (field: string, edit: number): string => `{"${field}":"${valueOf(edit)}"}`
