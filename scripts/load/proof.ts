import type { Finding, Version } from './finding.js'
import type { Content, DocumentHistory, EditRecord, LastContent, Shown } from './history.js'
import { readSections } from './marks.js'
import { judgeEnd, missingFrom } from './verdict.js'

/**
 * Judges from outside, whatever the API, whether it keeps its word. It is told all that the editors send and are answered,
 * in the order in which they see it, and holds no connection itself.
 *
 * How it knows. Every edit puts a mark of its own at the end of its editor's section (see marks.ts), and only that editor
 * changes that section. An edit's base is known, so the mark that each mark follows on is known as well. From the last
 * mark of a section at the end, these parents lead back through every edit that is part of the document's past: an
 * acknowledged mark that is not on that way was overwritten, or never stored. So nothing gets too old to be judged, though
 * the text shows only the last few marks. An edit whose answer never came may be on that way or not; it is followed by another mark,
 * never sent again.
 *
 * Each content that is shown is judged too: a mark in it twice is doubled, a section must hold what its last edit wrote in it, a
 * version has one content, and an operation never gets a version lower than one answered before it began.
 */
export class Proof {
  readonly #editors: number
  readonly #documents = new Map<string, DocumentHistory>()
  readonly #findings = new Map<string, Finding>()
  #acknowledgements = 0

  constructor(editors: number) {
    this.#editors = editors
  }

  /** A document as it was created, before any edit. */
  created(document: string, version: Version, text: string): void {
    this.#documents.set(document, {
      initial: version,
      edits: new Map(),
      contents: new Map([[version.key, this.#lastMarks(text)]]),
      versionsByMarks: new Map(),
      acknowledged: new Map(),
      floor: version,
      last: { key: version.key, text, byRead: false }
    })
  }

  /** To be asked before each read and write, and given back with its answer. */
  floor(document: string): Version {
    return this.#history(document).floor
  }

  /** An attempt to make an edit is about to be sent: `text` holds its mark, `base` is what it was made on. */
  sent({ document, editor, mark, base, baseText, text }: { document: string, editor: number, mark: string, base: Version, baseText: string, text: string }): void {
    const { edits } = this.#history(document)
    const parent = this.#section(baseText, editor).at(-1)
    const section = this.#section(text, editor)
    const known = edits.get(mark)
    if (known === undefined) {
      edits.set(mark, { document, editor, mark, base, parent, section, outcome: 'pending', version: undefined, acknowledgedAs: undefined })
    } else Object.assign(known, { base, parent, section, outcome: 'pending' })
  }

  /** The API said that the edit was refused, that is, not applied. */
  refused(document: string, mark: string): void {
    this.#edit(document, mark).outcome = 'refused'
  }

  /** No answer came, or one that leaves open whether the edit was applied. */
  unknown(document: string, mark: string): void {
    this.#edit(document, mark).outcome = 'unknown'
  }

  /** The API said that the edit was applied; `version` where the answer names one. */
  acknowledged({ document, mark, version, floor }: { document: string, mark: string, version: Version | undefined, floor: Version }): void {
    const history = this.#history(document)
    const edit = this.#edit(document, mark)
    edit.outcome = 'acknowledged'
    edit.version = version
    edit.acknowledgedAs = this.#acknowledgements++
    if (version === undefined) return
    const other = history.acknowledged.get(version.key)
    const seenBefore = floor.key === version.key
    if (other !== undefined || seenBefore) {
      this.#find({ kind: 'version-repeated', document, versions: [version.key], edits: other === undefined ? [edit] : [other, edit] }, version.key)
    }
    if (other === undefined) history.acknowledged.set(version.key, edit)
    this.#follow(document, version, floor)
  }

  /** A content that was shown. To be called after `acknowledged` where it came with an acknowledgement. */
  seen(document: string, { version, text }: Content, { floor, byRead }: Shown): void {
    const history = this.#history(document)
    this.#follow(document, version, floor)
    const { last } = history
    if (text === last.text && version.key === last.key && (last.byRead || !byRead)) return
    history.last = { key: version.key, text, byRead }
    const sections = readSections(text, this.#editors)
    const marks = lastMarksOf(sections)
    const known = history.contents.get(version.key)
    if (known === undefined) history.contents.set(version.key, marks)
    else if (known !== marks) this.#repeated(history, version, { document, marks, known })
    if (byRead || version.number !== undefined) this.#noteVersion(history, version, marks)
    for (const section of sections) this.#checkSection(history, document, section)
  }

  /** How many edits were acknowledged until now: to be asked before a read whose content `missingIn` is to judge. */
  get acknowledgements(): number {
    return this.#acknowledgements
  }

  /**
   * How many of the first `before` acknowledged edits a content of the document lacks, which was read after they were: lost, as it stands.
   * Who loses updates may bring one back by overwriting another, so only the last content decides.
   */
  missingIn(document: string, text: string, before: number): number {
    return missingFrom(this.#history(document), readSections(text, this.#editors), before)
  }

  /** All that was found, given the last content of each document. */
  verdict(last: readonly LastContent[]): readonly Finding[] {
    for (const content of last) {
      this.seen(content.document, content, { floor: content.floor, byRead: true })
      const sections = readSections(content.text, this.#editors)
      for (const { finding, key } of judgeEnd(this.#history(content.document), content, sections)) this.#find(finding, key)
    }
    return [...this.#findings.values()].map((finding) => finding.kind === 'version-went-back' ? this.#withEdits(finding) : finding)
  }

  #history(document: string): DocumentHistory {
    const history = this.#documents.get(document)
    if (history === undefined) throw new Error(`document ${document} was not created`)
    return history
  }

  #edit(document: string, mark: string): EditRecord {
    const edit = this.#history(document).edits.get(mark)
    if (edit === undefined) throw new Error(`edit ${mark} was not sent`)
    return edit
  }

  #section(text: string, editor: number): readonly string[] {
    return readSections(text, this.#editors)[editor] ?? []
  }

  #lastMarks(text: string): string {
    return lastMarksOf(readSections(text, this.#editors))
  }

  #find(finding: Finding, key: string): void {
    const id = `${finding.kind} ${finding.document} ${key}`
    const known = this.#findings.get(id)
    if (known === undefined || known.edits.length < finding.edits.length) this.#findings.set(id, finding)
  }

  /** Checks that a version isn't lower than the floor of its operation, and makes it the floor of those to come. */
  #follow(document: string, version: Version, floor: Version): void {
    const history = this.#history(document)
    const { number } = version
    if (number === undefined || floor.number === undefined) return
    if (number < floor.number) {
      this.#find({ kind: 'version-went-back', document, versions: [floor.key, version.key], edits: [] }, `${floor.key} ${version.key}`)
      history.floor = version
    } else if (history.floor.number !== undefined && number > history.floor.number) history.floor = version
  }

  #repeated(history: DocumentHistory, version: Version, { document, marks, known }: { document: string, marks: string, known: string }): void {
    const before = known.split(' ')
    const differing = marks.split(' ').flatMap((mark, editor) => mark === before[editor] ? [] : [mark, before[editor] ?? ''])
    const records = differing.map((mark) => history.edits.get(mark)).filter((edit) => edit !== undefined)
    const blamed = records.filter((edit) => edit.version === undefined || edit.version.key === version.key)
    const first = history.acknowledged.get(version.key)
    const edits = [...new Set([...(first === undefined ? [] : [first]), ...blamed, ...records])].slice(0, 2)
    this.#find({ kind: 'version-repeated', document, versions: [version.key], edits }, version.key)
  }

  /** Which edits had the versions is known only when all are acknowledged: a read may show a version before its writer hears of it. */
  #withEdits(finding: Finding): Finding {
    const { acknowledged } = this.#history(finding.document)
    return { ...finding, edits: finding.versions.map((key) => acknowledged.get(key)).filter((edit) => edit !== undefined) }
  }

  #noteVersion(history: DocumentHistory, version: Version, marks: string): void {
    const versions = history.versionsByMarks.get(marks)
    if (versions === undefined) history.versionsByMarks.set(marks, [version])
    else if (!versions.some(({ key }) => key === version.key)) versions.push(version)
  }

  #checkSection(history: DocumentHistory, document: string, section: readonly string[]): void {
    const last = section.at(-1)
    if (last === undefined) return
    section.forEach((mark, at) => {
      const edit = history.edits.get(mark)
      if (section.indexOf(mark) < at && edit !== undefined) this.#find({ kind: 'doubled', document, versions: [], edits: [edit] }, mark)
    })
    for (const mark of history.edits.get(last)?.section ?? []) {
      const edit = history.edits.get(mark)
      if (edit?.outcome === 'acknowledged' && !section.includes(mark)) {
        const after = history.edits.get(last)
        this.#find({ kind: 'lost', document, versions: [], edits: after === undefined ? [edit] : [edit, after] }, mark)
      }
    }
  }
}

const lastMarksOf = (sections: readonly (readonly string[])[]): string => sections.map((section) => section.at(-1) ?? '').join(' ')
