/** The replies of a run, by operation and status. */
export class Seen {
  readonly #counts = new Map<string, Map<number, number>>()

  add (operation: string, status: number): void {
    const statuses = this.#counts.get(operation) ?? new Map<number, number>()
    statuses.set(status, (statuses.get(status) ?? 0) + 1)
    this.#counts.set(operation, statuses)
  }

  get total (): number {
    return [...this.#counts.values()].flatMap((statuses) => [...statuses.values()]).reduce((sum, count) => sum + count, 0)
  }

  /** How many requests had each status, whatever their operation. */
  byStatus (): Map<number, number> {
    const sums = new Map<number, number>()
    for (const [status, count] of [...this.#counts.values()].flatMap((statuses) => [...statuses])) sums.set(status, (sums.get(status) ?? 0) + count)
    return new Map([...sums].sort(([a], [b]) => a - b))
  }

  /** A line for each operation: `PUT /api/articles/:id  200: 12, 409: 30`. */
  lines (): string[] {
    return [...this.#counts].sort(([a], [b]) => a.localeCompare(b)).map(([operation, statuses]) =>
      `${operation}  ${[...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ')}`)
  }
}
