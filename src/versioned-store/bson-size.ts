import { ObjectId } from 'mongodb'

/** The bytes of a string in UTF-8, rounded up: what is short isn't looked at. */
const stringBytes = (text: string): number => text.length < 128 ? 3 * text.length : Buffer.byteLength(text)

const objectIdBytes = 12
const numberBytes = 8
/** The type of an element, and the NUL that ends its name. */
const elementBytes = 2
const indexDigits = 8

/**
 * The size of a value in BSON (https://bsonspec.org/spec.html), in bytes, rounded up: never understated, and much cheaper than to
 * count what it has exactly. `value` is JSON, which may hold dates and ObjectIds.
 */
export const bsonSizeAtMost = (value: unknown): number => {
  if (typeof value === 'string') return 5 + stringBytes(value)
  if (typeof value !== 'object' || value === null || value instanceof Date) return numberBytes
  if (value instanceof ObjectId) return objectIdBytes
  let bytes = 5
  if (Array.isArray(value)) for (const element of value) bytes += elementBytes + indexDigits + bsonSizeAtMost(element)
  else for (const [name, member] of Object.entries(value)) bytes += elementBytes + stringBytes(name) + bsonSizeAtMost(member)
  return bytes
}
