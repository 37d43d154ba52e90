import type { ClientContext } from './client.js'
import type { Hold } from './record.js'

const valuesAtOnce = 3
/** Other values are asked for after so many ms: one whose release nobody knows of stays taken. */
const valuesLastMs = 4_000

/** Takes and gives up values that must be unique, as users with an email: no two documents may hold one at once. */
export class UniqueValues {
  readonly #context: ClientContext
  #held: { readonly hold: Hold, readonly path: string, readonly etag: string } | undefined

  constructor (context: ClientContext) {
    this.#context = context
  }

  async next (): Promise<void> {
    await (this.#held === undefined ? this.#take() : this.#giveUp(this.#held))
  }

  async #take (): Promise<void> {
    const { api, recorder, random } = this.#context
    const value = `value-${Math.floor(recorder.clock() / valuesLastMs)}-${random.int(valuesAtOnce)}@example.com`
    const email = random.int(2) === 0 ? value : value.toUpperCase()
    const reply = await api.ask(api.pick(random), { method: 'POST', path: '/api/users', headers: {}, body: { email, username: recorder.mark() } })
    if (reply?.status !== 201) return
    const id = String(reply.body.id)
    const hold: Hold = { value, document: id, from: recorder.clock() }
    recorder.holds.push(hold)
    this.#held = { hold, path: `/api/users/${id}`, etag: reply.etag ?? '' }
  }

  async #giveUp ({ hold, path, etag }: { readonly hold: Hold, readonly path: string, readonly etag: string }): Promise<void> {
    const { api, recorder, random } = this.#context
    this.#held = undefined
    hold.until = recorder.clock()
    await api.ask(api.pick(random), { method: 'DELETE', path, headers: { 'if-match': etag } })
  }
}
