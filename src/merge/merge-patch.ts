import { getMember, isJsonObject, setMember, type Json, type JsonDraft } from './json.js'

/**
 * Applies a JSON Merge Patch (RFC 7396 section 2): null removes a member, an object patches by member, anything else replaces.
 * What is there already keeps its place in the order of members; what is added comes last.
 * Neither argument is changed; the result may share parts with both. Recurses as deep as the patch: bound its nesting first.
 * @param target what is patched
 * @param patch the patch
 * @returns the patched value
 */
export function applyMergePatch (target: Json, patch: Json): Json {
  if (!isJsonObject(patch)) return patch
  const from = isJsonObject(target) ? target : {}
  const patched: JsonDraft = {}
  for (const name of Object.keys(from)) {
    const value = getMember(from, name)
    const change = getMember(patch, name)
    if (value === undefined || change === null) continue
    setMember(patched, name, change === undefined ? value : applyMergePatch(value, change))
  }
  for (const name of Object.keys(patch)) {
    const change = getMember(patch, name)
    if (change === undefined || change === null || Object.hasOwn(from, name)) continue
    setMember(patched, name, applyMergePatch(null, change))
  }
  return patched
}
