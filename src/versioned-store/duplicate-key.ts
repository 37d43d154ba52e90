import type { Document } from 'mongodb'

/** The codes by which MongoDB says that a write would break a unique index: 11000, and 11001 and 12582 of older versions. */
export const isDuplicateKeyCode = (code: unknown): boolean => code === 11000 || code === 11001 || code === 12582

/** Whether the index that was broken is that of `_id`: a creation that lost its race, and no duplicate of a user's field. */
export const isIdKey = (keyPattern: Document): boolean => Object.keys(keyPattern).join() === '_id'
