import { getMember, isJsonObject, type Json, type JsonObject } from './json.js'
import type { ElementKey } from './merge-order.js'

/**
 * The elements of an array by the member that tells them apart, in their order.
 * @returns undefined where it doesn't: an element that is no object, or whose key is no string or number, or is another's too
 */
export function keyedElements (array: readonly Json[], key: string): ReadonlyMap<ElementKey, JsonObject> | undefined {
  const elements = new Map<ElementKey, JsonObject>()
  for (const element of array) {
    const value = isJsonObject(element) ? getMember(element, key) : undefined
    if (!isJsonObject(element) || (typeof value !== 'string' && typeof value !== 'number') || elements.has(value)) return undefined
    elements.set(value, element)
  }
  return elements
}
