/** The fields of a sheet, a document that many editors change at once, each another field: 20 strings. */
export const fields: readonly string[] = Array.from({ length: 20 }, (_, at) => `field${String(at).padStart(2, '0')}`)
