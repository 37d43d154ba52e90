/** How many operations a document sees until another takes its place: short histories are quick to check. */
const operationsEach = 250

/** The documents that clients work on: a few at a time, each for a while. */
export class Documents {
  readonly #prefix: string
  readonly #active: { id: string, left: number }[]
  readonly #used: string[] = []

  constructor (seed: number, at: string, count: number) {
    this.#prefix = `${at}${seed.toString(16).padStart(8, '0')}`
    this.#active = Array.from({ length: count }, () => this.#fresh())
  }

  #fresh (): { id: string, left: number } {
    const id = `${this.#prefix}${this.#used.length.toString(16).padStart(24 - this.#prefix.length, '0')}`
    this.#used.push(id)
    return { id, left: operationsEach }
  }

  /** Every id that was ever given. */
  get used (): readonly string[] {
    return this.#used
  }

  /** Those that clients work on now. */
  get active (): readonly string[] {
    return this.#active.map(({ id }) => id)
  }

  /** An active document: `choice` from 0 to 1 says which, the first ones more often. */
  pick (choice: number): string {
    const index = Math.floor(choice * choice * this.#active.length)
    const picked = this.#active[index]
    if (picked === undefined) throw new RangeError(`choice ${choice} is not from 0 to 1`)
    if (--picked.left <= 0) this.#active[index] = this.#fresh()
    return picked.id
  }
}
