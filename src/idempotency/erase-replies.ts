import type { Collection } from 'mongodb'
import { majorityJournaled } from '../versioned-store/shared-updates.js'
import type { KeyRecord } from './key-records.js'

/** What is left of a reply's headers: none of them says anything of the content. */
const lastingHeaders = ['etag', 'location', 'cache-control', 'vary', 'preference-applied']

/**
 * Takes the body out of each kept reply that shows the document at `href`; gives how many there were. The record itself stays for its 24
 * hours, so that a request which is sent again is not done again: it gets the status of a reply without a body, 201 or 204.
 */
export const eraseReplies = async (records: Collection<KeyRecord>, href: string): Promise<number> => {
  const { modifiedCount } = await records.updateMany({ $or: [{ 'reply.headers.location': href }, { 'reply.headers.content-location': href }], 'reply.body': { $ne: '' } }, [{
    $set: {
      'reply.status': { $cond: [{ $eq: ['$reply.status', 201] }, 201, 204] },
      'reply.headers': { $arrayToObject: { $filter: { input: { $objectToArray: '$reply.headers' }, cond: { $in: ['$$this.k', lastingHeaders] } } } },
      'reply.body': ''
    }
  }], { writeConcern: majorityJournaled })
  return modifiedCount
}
