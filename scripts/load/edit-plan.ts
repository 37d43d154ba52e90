import type { EditingOptions } from './options.js'
import { randomStream } from './random.js'

/** One edit before it is made: seed and editor determine it. */
export interface PlannedEdit {
  /** Place of the document in the list of documents. */
  readonly document: number
  /** The id of its mark. */
  readonly id: string
  readonly thinkMs: number
}

/** The endless list of edits of one editor. Draws nothing that depends on how the API answers. */
export function * planEdits(editor: number, { seed, documents, hot, think }: EditingOptions): Generator<PlannedEdit, never> {
  const random = randomStream(seed, editor)
  for (;;) {
    const id = random.int(36 ** 5).toString(36).padStart(5, '0')
    const thinkMs = think.min + random.float() * (think.max - think.min)
    const share = random.float()
    const anywhere = random.int(documents)
    yield { id, thinkMs, document: hot === undefined ? anywhere : documentOf(share, anywhere, { hot, documents }) }
  }
}

const documentOf = (share: number, anywhere: number, { hot, documents }: { hot: number, documents: number }): number =>
  share < hot || documents === 1 ? 0 : 1 + anywhere % (documents - 1)
