import { fields } from '../peers/sheet-fields.js'
import type { HttpConnection, Reply } from './http-connection.js'
import { httpRequests, type HttpRequests } from './http-requests.js'
import { currentTag, etagOf, expectStatus, idOf, type Editor } from './http-work.js'
import { Latencies } from './latencies.js'
import type { WorkerSample } from './sample.js'
import { SheetEdits } from './sheet-edits.js'
import { valueOf } from './sheet.js'

/** The number in an entity-tag, or of a version that stands for one. */
const numberOf = (tag: string): number => Number(tag.replaceAll('"', ''))

/** The sheet that all connections edit, stored when it is needed first. */
export class HotSheet {
  readonly #requests: HttpRequests
  #id: string | undefined

  /** `url` is that of any collection of the server. */
  constructor (url: URL) {
    this.#requests = httpRequests(new URL('/api/sheets', url))
  }

  /** Edits it on all connections until it is over. */
  async edit (connections: readonly HttpConnection[], { nextEdit, over }: Pick<Editor, 'nextEdit' | 'over'>): Promise<WorkerSample> {
    const [reader] = connections
    if (reader === undefined) throw new Error('no connection')
    const id = this.#id ??= idOf(expectStatus(await reader.send(this.#requests.postSheet(nextEdit())), 201))
    const read = async (): Promise<Reply> => expectStatus(await reader.send(this.#requests.get(id)), 200)
    const first = numberOf(etagOf(await read()))
    const edits = new SheetEdits(first)
    const latencies = new Latencies()
    await Promise.all(connections.map(async (connection, at) => {
      const field = fields[at % fields.length] ?? ''
      for (let tag = `"${first}"`; !over();) {
        const edit = nextEdit()
        for (let accepted = false; !accepted && !over();) {
          const since = performance.now()
          const reply = expectStatus(await connection.send(this.#requests.patchSheet(id, { ifMatch: tag, field, edit })), 200, 409)
          accepted = reply.status === 200
          latencies.add(since, accepted)
          const sent = { field, value: valueOf(edit), base: numberOf(tag) }
          tag = accepted ? etagOf(reply) : currentTag(reply)
          if (accepted) edits.acknowledged(sent, numberOf(tag))
          else edits.refused(sent, numberOf(tag))
        }
      }
    }))
    const sample = latencies.sample()
    const last = await read()
    return { ...sample, ...edits.judge(numberOf(etagOf(last)), last.body.toString('latin1')) }
  }
}
