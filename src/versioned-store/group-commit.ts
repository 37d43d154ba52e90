/** The bounds of a group. Counts, bytes and milliseconds. */
export interface GroupLimits {
  /** Commands on their way at once. */
  commands: number
  /** A command older than this no longer counts against `commands`, and the keys in it wait until it returns. Ms. */
  slowAfterMs: number
  /** Commands on their way at once, the slow ones included. */
  commandsWithSlow: number
  itemsPerCommand: number
  bytesPerCommand: number
  queueItems: number
  queueBytes: number
  /** How long an item may wait before it is sent. Ms. */
  queueMs: number
  /** How long an item may go without an answer in all, where `late` says what it then gets. Ms. */
  answerMs: number
}

export const defaultGroupLimits: GroupLimits = {
  commands: 2,
  slowAfterMs: 60,
  commandsWithSlow: 8,
  itemsPerCommand: 1000,
  bytesPerCommand: 8 * 1024 * 1024,
  queueItems: 20_000,
  queueBytes: 64 * 1024 * 1024,
  queueMs: 1_500,
  answerMs: 2_800
}

/** Why an item left the queue without being sent. */
export type NotSent = 'overloaded' | 'unreachable' | 'hung-up'

export interface GroupOptions<I, R> {
  /** Sends items in one command; one result for each, in their order. What it throws reaches whoever submitted an item of it. */
  readonly run: (items: readonly I[]) => Promise<readonly R[]>
  /** Items with the same key wait for a slow command that has one of them. */
  readonly keyOf: (item: I) => string
  readonly bytesOf: (item: I) => number
  /** Whether the item must wait while a command with an item of its key is on its way. */
  readonly isInOrder?: (item: I) => boolean
  /** Whether the item must have a command of its own. */
  readonly isAlone?: (item: I) => boolean
  readonly signalOf?: (item: I) => Pick<AbortSignal, 'aborted'> | undefined
  readonly notSent: (reason: NotSent) => R
  /** What an item gets that was sent and has no answer after `answerMs`; undefined where it must wait for the command. */
  readonly late?: (item: I) => R | undefined
  readonly limits?: Partial<GroupLimits>
}

interface Waiting<I, R> {
  readonly item: I
  readonly bytes: number
  readonly since: number
  readonly resolve: (result: R) => void
  readonly reject: (error: unknown) => void
}

interface Command<I, R> {
  readonly batch: readonly Waiting<I, R>[]
  slow: boolean
  keys?: ReadonlySet<string>
}

/**
 * Lets items that arrive together share one command: while `commands` of them are on their way, what arrives waits for the
 * next one; while fewer are, until there is as much as on its way, since two small commands cost more than one large one. With
 * nothing on its way an item goes at the end of this turn of the event loop, with all that arrived in it; nobody
 * waits for a timer. Items of one key are sent in the order of their arrival.
 */
export class GroupCommit<I, R> {
  readonly #options: GroupOptions<I, R>
  readonly #limits: GroupLimits
  #queue: Waiting<I, R>[] = []
  #queuedBytes = 0
  #scheduled = false
  #expiry: NodeJS.Timeout | undefined
  readonly #commands = new Set<Command<I, R>>()
  readonly #parked = new Map<string, number>()

  constructor (options: GroupOptions<I, R>) {
    this.#options = options
    this.#limits = { ...defaultGroupLimits, ...options.limits }
  }

  /** Items that wait to be sent. */
  get waiting (): number {
    return this.#queue.length
  }

  /**
   * The result of the item, once the command that it was sent in has returned. `since`: when whoever asks for it came, on the
   * clock of `performance.now()`; now unless given.
   */
  submit (item: I, since = performance.now()): Promise<R> {
    const bytes = this.#options.bytesOf(item)
    const { queueItems, queueBytes } = this.#limits
    if (this.#queue.length >= queueItems || this.#queuedBytes + bytes > queueBytes) return Promise.resolve(this.#options.notSent('overloaded'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, bytes, since, resolve, reject })
      this.#queuedBytes += bytes
      this.#schedule()
    })
  }

  #schedule (): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      while (this.#mayStart()) {
        const batch = this.#compose()
        if (batch.length === 0) break
        void this.#send(batch)
      }
      this.#watchAge()
    })
  }

  #mayStart (): boolean {
    if (this.#queue.length === 0 || this.#commands.size >= this.#limits.commandsWithSlow) return false
    let quick = 0
    let onTheirWay = 0
    for (const { slow, batch } of this.#commands) {
      if (slow) continue
      quick++
      onTheirWay += batch.length
    }
    return quick === 0 || (quick < this.#limits.commands && this.#queue.length >= onTheirWay)
  }

  /** Takes from the queue what goes into the next command: nothing of a parked key, within the bounds of one command. */
  #compose (): Waiting<I, R>[] {
    const { itemsPerCommand, bytesPerCommand } = this.#limits
    const { isAlone, isInOrder, signalOf, keyOf, notSent } = this.#options
    const batch: Waiting<I, R>[] = []
    const left: Waiting<I, R>[] = []
    const passedOver = new Set<string>()
    let bytes = 0
    let full = false
    for (const waiting of this.#queue) {
      if (full) { left.push(waiting); continue }
      if (signalOf?.(waiting.item)?.aborted) {
        this.#queuedBytes -= waiting.bytes
        waiting.resolve(notSent('hung-up'))
        continue
      }
      const inOrder = isInOrder?.(waiting.item) ?? false
      const key = inOrder || this.#parked.size > 0 || passedOver.size > 0 ? keyOf(waiting.item) : ''
      const alone = isAlone?.(waiting.item) ?? false
      if (this.#parked.has(key) || passedOver.has(key) || (alone && batch.length > 0) || (inOrder && this.#isOnItsWay(key))) {
        passedOver.add(keyOf(waiting.item))
        left.push(waiting)
      } else if (batch.length > 0 && bytes + waiting.bytes > bytesPerCommand) {
        left.push(waiting)
        full = true
      } else {
        batch.push(waiting)
        bytes += waiting.bytes
        full = alone || batch.length >= itemsPerCommand
      }
    }
    this.#queue = left
    this.#queuedBytes -= bytes
    return batch
  }

  async #send (batch: readonly Waiting<I, R>[]): Promise<void> {
    const command: Command<I, R> = { batch, slow: false }
    this.#commands.add(command)
    let timer: NodeJS.Timeout | undefined = setTimeout(() => {
      this.#park(command)
      timer = this.#answerLate(command)
    }, this.#limits.slowAfterMs)
    try {
      const results = await this.#options.run(batch.map(({ item }) => item))
      batch.forEach(({ resolve, reject }, i) => {
        const result = results[i]
        if (result === undefined) reject(new Error(`a command of ${batch.length} items has no result for item ${i}`))
        else resolve(result)
      })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      clearTimeout(timer)
      this.#commands.delete(command)
      if (command.slow) this.#unpark(command)
      if (this.#queue.length > 0) this.#schedule()
    }
  }

  /** Answers what is late in a slow command, each at its time; what the command brings later changes nothing any more. */
  #answerLate (command: Command<I, R>): NodeJS.Timeout | undefined {
    const { late } = this.#options
    if (late === undefined) return undefined
    const { answerMs, slowAfterMs } = this.#limits
    return setInterval(() => {
      const now = performance.now()
      for (const { item, since, resolve } of command.batch) {
        const result = now - since >= answerMs ? late(item) : undefined
        if (result !== undefined) resolve(result)
      }
    }, slowAfterMs)
  }

  #park (command: Command<I, R>): void {
    command.slow = true
    for (const key of this.#keysOf(command)) this.#parked.set(key, (this.#parked.get(key) ?? 0) + 1)
    if (this.#queue.length > 0) this.#schedule()
  }

  #unpark (command: Command<I, R>): void {
    for (const key of this.#keysOf(command)) {
      const commands = (this.#parked.get(key) ?? 1) - 1
      if (commands > 0) this.#parked.set(key, commands)
      else this.#parked.delete(key)
    }
  }

  #keysOf (command: Command<I, R>): ReadonlySet<string> {
    command.keys ??= new Set(command.batch.map(({ item }) => this.#options.keyOf(item)))
    return command.keys
  }

  #isOnItsWay (key: string): boolean {
    for (const command of this.#commands) if (this.#keysOf(command).has(key)) return true
    return false
  }

  /** While something waits, one timer stands for the age of the oldest. */
  #watchAge (): void {
    const oldest = this.#queue[0]
    if (oldest === undefined || this.#expiry !== undefined) return
    const due = oldest.since + this.#limits.queueMs - performance.now()
    this.#expiry = setTimeout(() => {
      this.#expiry = undefined
      this.#expire(performance.now() - this.#limits.queueMs)
      this.#watchAge()
    }, Math.max(due, 1)).unref()
  }

  #expire (before: number): void {
    const left: Waiting<I, R>[] = []
    for (const waiting of this.#queue) {
      if (waiting.since > before) { left.push(waiting); continue }
      this.#queuedBytes -= waiting.bytes
      waiting.resolve(this.#options.notSent('unreachable'))
    }
    this.#queue = left
  }
}
