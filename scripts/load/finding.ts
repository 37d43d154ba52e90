/** One version of a document, as an API names it. */
export interface Version {
  /** What tells it from other versions of the document. */
  readonly key: string
  /** The entity-tag to send in If-Match (RFC 9110 section 13.1.1), quotes included. */
  readonly tag: string
  /** Its place in the order of versions, where the key is an integer; opaque keys have no order. */
  readonly number: number | undefined
}

/** An edit as the editor knows it: `outcome` is what the API answered, not what became of it. */
export interface Edit {
  readonly document: string
  readonly editor: number
  readonly mark: string
  readonly outcome: 'pending' | 'acknowledged' | 'refused' | 'unknown'
  /** The version that it was made on. */
  readonly base: Version
  /** The version that its acknowledgement names. */
  readonly version: Version | undefined
}

/**
 * What an API did that it must not do.
 * - `lost`: an acknowledged edit is not in the document.
 * - `doubled`: an edit was applied twice: its mark is there twice, or it left a second version that nobody asked for.
 * - `version-repeated`: one version names two different contents.
 * - `version-went-back`: what was answered later has a lower version.
 * - `refused-applied`: an edit that was refused is in the document.
 */
export interface Finding {
  readonly kind: 'lost' | 'doubled' | 'version-repeated' | 'version-went-back' | 'refused-applied'
  readonly document: string
  /** The versions that it is about. */
  readonly versions: readonly string[]
  /** The edit that it happened to first, then the other one, where one is known. */
  readonly edits: readonly Edit[]
}

/** What each kind is called in a report. */
export const findingNames: Readonly<Record<Finding['kind'], string>> = {
  lost: 'lost updates',
  doubled: 'doubled edits',
  'version-repeated': 'versions repeated',
  'version-went-back': 'versions going back',
  'refused-applied': 'refused edits applied'
}

const describe = (edit: Edit): string => {
  const outcome = edit.version === undefined ? edit.outcome : `${edit.outcome} as version ${edit.version.key}`
  return `edit ${edit.mark} of editor ${edit.editor} (made on version ${edit.base.key}, ${outcome})`
}

/** A finding as one sentence. */
export const sentence = ({ kind, document, versions, edits: [edit, other] }: Finding): string => {
  const first = edit === undefined ? 'an edit' : describe(edit)
  const second = other === undefined ? undefined : describe(other)
  switch (kind) {
    case 'lost':
      return `document ${document}: LOST ${first}${second === undefined ? ', and nothing shows what overwrote it' : `; beside it ${second}`}`
    case 'doubled':
      return `document ${document}: DOUBLED ${first}${versions.length > 0 ? `; nobody asked for version ${versions.join(', ')}` : ': its mark is there twice'}${second === undefined ? '' : `; the one after it is ${second}`}`
    case 'version-repeated':
      return `document ${document}: VERSION REPEATED ${versions.join(', ')}: two contents, by ${first}${second === undefined ? '' : ` and ${second}`}`
    case 'version-went-back':
      return `document ${document}: VERSION WENT BACK from ${versions.join(' to ')}${edit === undefined ? '' : `: ${first}`}${second === undefined ? '' : `, then ${second}`}`
    case 'refused-applied':
      return `document ${document}: REFUSED, YET APPLIED ${first}`
  }
}
