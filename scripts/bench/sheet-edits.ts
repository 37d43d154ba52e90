import type { WorkerSample } from './sample.js'

/** An edit of one field of a sheet. */
export interface SheetEdit {
  readonly field: string
  /** The JSON text of the value, which no other edit gives it. */
  readonly value: string
  /** The version that it was made on. */
  readonly base: number
}

/** What editors did to a sheet: by this it is known afterwards whether all that could be merged was, and whether anything was lost. */
export class SheetEdits {
  readonly #first: number
  readonly #acknowledged = new Map<number, SheetEdit>()
  readonly #refused: { readonly edit: SheetEdit, readonly current: number }[] = []
  #done = 0

  /** `first`: the version before all edits. */
  constructor (first: number) {
    this.#first = first
  }

  /** An edit was done as this version. */
  acknowledged (edit: SheetEdit, version: number): void {
    this.#acknowledged.set(version, edit)
    this.#done++
  }

  /** An edit was refused where this version was stored. */
  refused (edit: SheetEdit, current: number): void {
    this.#refused.push({ edit, current })
  }

  /**
   * `last`, `text`: the sheet after all edits, its version and its JSON. `lost` counts acknowledged edits that have no version of their own,
   * and fields that have not the value of their latest edit; `merged` is the share of the edits whose base was out of date, but whose
   * field nobody had changed since, that were done at once.
   */
  judge (last: number, text: string): Required<Pick<WorkerSample, 'lost'>> & Pick<WorkerSample, 'merged'> {
    const versions = [...this.#acknowledged].sort(([a], [b]) => a - b)
    const latest = new Map(versions.map(([, { field, value }]) => [field, value]))
    const overwritten = [...latest.values()].filter((value) => !text.includes(value)).length
    const merged = versions.filter(([version, { base }]) => version > base + 1).length
    const touched = ({ field, base }: SheetEdit, current: number) => {
      for (let version = base + 1; version <= current; version++) if (this.#acknowledged.get(version)?.field === field) return true
      return false
    }
    const notMerged = this.#refused.filter(({ edit, current }) => !touched(edit, current)).length
    return { lost: this.#done - (last - this.#first) + overwritten, ...(merged + notMerged > 0 && { merged: merged / (merged + notMerged) }) }
  }
}
