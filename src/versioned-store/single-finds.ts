import type { Collection, Filter, FindOptions, Timestamp } from 'mongodb'
import type { StoredId } from './id-form.js'
import { ReadFailed, type Reader } from './shared-finds.js'
import { readStored, type StoredForm } from './stored-form.js'
import { inTime, timeLeft } from './time-left.js'

/** One `find` for each read, by a read concern of MongoDB. */
export const singleFinds = <C>(collection: Collection<StoredForm<C>>, level: 'majority' | 'linearizable' = 'majority'): Reader<C> => ({
  read: async (id: StoredId, _after?: Timestamp, since = performance.now()) => {
    const filter = { _id: id } as Filter<StoredForm<C>>
    const options: FindOptions = { ...timeLeft(since), readConcern: { level } }
    const form = await inTime(since, () => collection.findOne<StoredForm<C>>(filter, options)).catch((error: unknown) => { throw new ReadFailed('unreachable', { cause: error }) })
    return form === null ? undefined : readStored(form)
  }
})
