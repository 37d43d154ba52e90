import type { Request } from 'express'

/** The version that a client says it edits: If-Match (`"5"` or the bare `5`), else `version` in the body; NaN where neither is there. */
export const expectedVersion = (request: Request): number => {
  const { version } = (request.body ?? {}) as { version?: unknown }
  return Number(request.get('If-Match')?.replaceAll('"', '') ?? version ?? NaN)
}
