import { randomBytes } from 'node:crypto'

const processPart = randomBytes(9).toString('base64url')
let count = 0

/** An id for one write, never given twice: 72 random bits of this process, and a count. */
export const newWriteId = (): string => `${processPart}${(count++).toString(36)}`
