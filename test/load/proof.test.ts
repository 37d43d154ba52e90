import fc from 'fast-check'
import t from 'tap'
import type { Finding, Version } from '../../scripts/load/finding.js'
import { addMark, initialText, markWindow, readSections } from '../../scripts/load/marks.js'
import { Proof } from '../../scripts/load/proof.js'

const version = (number: number): Version => ({ key: String(number), tag: `"${number}"`, number })
const opaque = (key: string): Version => ({ key, tag: `"${key}"`, number: undefined })

const editors = 3
const empty = initialText(editors)

/** The text with marks added in turn; the first part of a mark is its editor. */
const textOf = (...marks: readonly string[]): string => marks.reduce((text, mark) => addMark(text, Number(mark.split(':')[0]), mark), empty)

const begin = (first = version(1)) => {
  const proof = new Proof(editors)
  proof.created('d', first, empty)
  const send = (mark: string, base: Version, baseText: string) => {
    const editor = Number(mark.split(':')[0])
    const floor = proof.floor('d')
    proof.sent({ document: 'd', editor, mark, base, baseText, text: addMark(baseText, editor, mark) })
    return floor
  }
  return {
    proof,
    send,
    /** An edit that is sent and acknowledged before anything else happens. */
    edit: (mark: string, base: Version, baseText: string, as: Version | undefined) =>
      proof.acknowledged({ document: 'd', mark, floor: send(mark, base, baseText), version: as }),
    read: (shown: Version, text: string, floor = proof.floor('d')) => proof.seen('d', { version: shown, text }, { floor, byRead: true }),
    verdict: (last: Version, text: string) => proof.verdict([{ document: 'd', version: last, text, floor: proof.floor('d') }])
  }
}

const brief = (findings: readonly Finding[]) => findings.map(({ kind, versions, edits }) => ({ kind, versions, marks: edits.map(({ mark }) => mark) }))

t.test('marks: a section keeps the last few, in order, and others are left alone', (t) => {
  const marks = ['0:0:a', '1:0:b', '0:1:c', '0:2:d', '0:3:e', '2:0:f']
  t.equal(markWindow, 3)
  t.strictSame(readSections(textOf(...marks), editors), [['0:1:c', '0:2:d', '0:3:e'], ['1:0:b'], ['2:0:f']])
  t.equal(addMark('someone\'s text', 1, '1:0:b'), 'someone\'s text\n## 1\n- 1:0:b\n')
  t.end()
})

t.test('edits one after the other: nothing is found', (t) => {
  const { edit, read, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  read(version(2), textOf('0:0:a'))
  edit('1:0:b', version(2), textOf('0:0:a'), version(3))
  t.strictSame(verdict(version(3), textOf('0:0:a', '1:0:b')), [])
  t.end()
})

t.test('lost: of two edits on one version, the first is overwritten; both are named', (t) => {
  const { edit, verdict } = begin(opaque('x'))
  edit('0:0:a', opaque('x'), empty, opaque('y'))
  edit('1:0:b', opaque('x'), empty, opaque('z'))
  t.strictSame(brief(verdict(opaque('z'), textOf('1:0:b'))), [{ kind: 'lost', versions: [], marks: ['0:0:a', '1:0:b'] }])
  t.end()
})

t.test('missing while editors go on: only what was acknowledged before the read counts, and what is not answered yet hides nothing', (t) => {
  const { proof, edit, send } = begin()
  edit('0:0:a', version(1), empty, version(2))
  const before = proof.acknowledgements
  edit('1:0:b', version(1), empty, version(2))
  t.strictSame([before, proof.acknowledgements], [1, 2])
  t.equal(proof.missingIn('d', textOf('0:0:a'), before), 0, 'it was read before the second edit was acknowledged')
  t.equal(proof.missingIn('d', textOf('0:0:a'), 2), 1)
  t.equal(proof.missingIn('d', textOf('1:0:b'), before), 1)
  send('1:1:c', version(2), textOf('1:0:b'))
  t.equal(proof.missingIn('d', textOf('1:0:b', '1:1:c'), 2), 1, 'what an unanswered edit was made on is there')
  t.strictSame(brief(proof.verdict([])), [{ kind: 'version-repeated', versions: ['2'], marks: ['0:0:a', '1:0:b'] }], 'looking finds nothing by itself')
  t.end()
})

t.test('lost: found though the editor went on and the mark would be out of the window', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  edit('1:0:b', version(1), empty, version(3))
  let text = textOf('1:0:b')
  for (let counter = 1; counter <= 9; counter++) {
    edit(`0:${counter}:a`, version(counter + 2), text, version(counter + 3))
    text = addMark(text, 0, `0:${counter}:a`)
  }
  t.strictSame(brief(verdict(version(12), text)), [{ kind: 'lost', versions: [], marks: ['0:0:a', '1:0:b'] }])
  t.end()
})

t.test('lost: a mark that vanished from a section while the ones after it stayed', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  edit('0:1:b', version(2), textOf('0:0:a'), version(3))
  t.strictSame(brief(verdict(version(3), textOf('0:1:b'))), [{ kind: 'lost', versions: [], marks: ['0:0:a', '0:1:b'] }])
  t.end()
})

t.test('lost: an acknowledged edit that nothing else touched', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, undefined)
  t.strictSame(brief(verdict(version(1), empty)), [{ kind: 'lost', versions: [], marks: ['0:0:a'] }])
  t.end()
})

t.test('unknown outcome: applied or not, both are right; what is acknowledged after it still counts', (t) => {
  for (const applied of [true, false]) {
    const { proof, send, edit, verdict } = begin()
    send('0:0:a', version(1), empty)
    proof.unknown('d', '0:0:a')
    const text = applied ? textOf('0:0:a') : empty
    edit('0:1:b', version(applied ? 2 : 1), text, version(applied ? 3 : 2))
    t.strictSame(verdict(version(applied ? 3 : 2), addMark(text, 0, '0:1:b')), [])
    t.strictSame(brief(verdict(version(applied ? 3 : 2), text)).map(({ kind, marks }) => [kind, marks[0]]).at(-1), ['lost', '0:1:b'])
  }
  t.end()
})

t.test('an edit that is refused and made again on the version that won', (t) => {
  const { proof, send, edit, verdict } = begin()
  const floor = send('0:0:a', version(1), empty)
  edit('1:0:b', version(1), empty, version(2))
  proof.refused('d', '0:0:a')
  proof.seen('d', { version: version(2), text: textOf('1:0:b') }, { floor, byRead: false })
  edit('0:0:a', version(2), textOf('1:0:b'), version(3))
  t.strictSame(verdict(version(3), textOf('1:0:b', '0:0:a')), [])
  t.end()
})

t.test('refused-applied: a refused edit is in the document', (t) => {
  const { proof, send, verdict } = begin()
  send('0:0:a', version(1), empty)
  proof.refused('d', '0:0:a')
  t.strictSame(brief(verdict(version(2), textOf('0:0:a'))), [{ kind: 'refused-applied', versions: [], marks: ['0:0:a'] }])
  t.end()
})

t.test('doubled: a mark twice, also where it is seen only once on the way', (t) => {
  const { edit, read, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  read(version(2), textOf('0:0:a', '0:0:a'))
  t.strictSame(brief(verdict(version(2), textOf('0:0:a'))), [{ kind: 'doubled', versions: [], marks: ['0:0:a'] }])
  t.end()
})

t.test('doubled: one more version of the same content, with numbers and with opaque tags', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  edit('1:0:b', version(2), textOf('0:0:a'), version(3))
  edit('1:1:c', version(4), textOf('0:0:a', '1:0:b'), version(5))
  t.strictSame(brief(verdict(version(5), textOf('0:0:a', '1:0:b', '1:1:c'))), [{ kind: 'doubled', versions: ['4'], marks: ['1:0:b', '1:1:c'] }])

  const shown = begin()
  shown.edit('0:0:a', version(1), empty, version(2))
  shown.proof.seen('d', { version: version(2), text: textOf('0:0:a') }, { floor: version(1), byRead: false })
  t.strictSame(brief(shown.verdict(version(3), textOf('0:0:a'))), [{ kind: 'doubled', versions: ['3'], marks: ['0:0:a'] }])

  const tagged = begin(opaque('x'))
  tagged.edit('0:0:a', opaque('x'), empty, opaque('y'))
  tagged.read(opaque('y'), textOf('0:0:a'))
  t.strictSame(brief(tagged.verdict(opaque('z'), textOf('0:0:a'))), [{ kind: 'doubled', versions: ['z'], marks: ['0:0:a'] }])
  t.end()
})

t.test('a server that counts versions by two, or a merge that leaps, is right', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, version(3))
  edit('1:0:b', version(3), textOf('0:0:a'), version(5))
  edit('1:1:c', version(5), textOf('0:0:a', '1:0:b'), version(7))
  t.strictSame(verdict(version(7), textOf('0:0:a', '1:0:b', '1:1:c')), [])

  const merging = begin()
  const floor = merging.send('0:0:a', version(1), empty)
  merging.edit('1:0:b', version(1), empty, version(2))
  merging.proof.acknowledged({ document: 'd', mark: '0:0:a', version: version(3), floor })
  merging.proof.seen('d', { version: version(3), text: textOf('1:0:b', '0:0:a') }, { floor, byRead: false })
  t.strictSame(merging.verdict(version(3), textOf('1:0:b', '0:0:a')), [])
  t.end()
})

t.test('version-repeated: two edits acknowledged as one version', (t) => {
  const { edit, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  edit('1:0:b', version(2), textOf('0:0:a'), version(2))
  t.strictSame(brief(verdict(version(2), textOf('0:0:a', '1:0:b'))), [{ kind: 'version-repeated', versions: ['2'], marks: ['0:0:a', '1:0:b'] }])
  t.end()
})

t.test('version-repeated: reads show one version with two contents, though one of the edits was never answered', (t) => {
  const { proof, send, edit, read, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  read(version(2), textOf('0:0:a'))
  send('1:0:b', version(2), textOf('0:0:a'))
  proof.unknown('d', '1:0:b')
  t.strictSame(brief(verdict(version(2), textOf('0:0:a', '1:0:b'))), [{ kind: 'version-repeated', versions: ['2'], marks: ['0:0:a', '1:0:b'] }])
  t.end()
})

t.test('version-went-back: a read that begins after version 3 was acknowledged shows 2; one that began before may', (t) => {
  const { proof, edit, read, verdict } = begin()
  edit('0:0:a', version(1), empty, version(2))
  const early = proof.floor('d')
  edit('1:0:b', version(2), textOf('0:0:a'), version(3))
  read(version(2), textOf('0:0:a'), early)
  t.strictSame(verdict(version(3), textOf('0:0:a', '1:0:b')), [])
  read(version(2), textOf('0:0:a'))
  t.strictSame(brief(verdict(version(3), textOf('0:0:a', '1:0:b'))), [{ kind: 'version-went-back', versions: ['3', '2'], marks: ['1:0:b', '0:0:a'] }])
  t.end()
})

/** A step of a simulated run: this editor reads, or writes on what it last read; the write may be one that goes wrong. */
const stepsOf = (length: number) => fc.array(fc.record({
  editor: fc.nat(editors - 1),
  what: fc.constantFrom('read', 'write', 'write'),
  fault: fc.oneof({ weight: 20, arbitrary: fc.constant('none') }, { weight: 1, arbitrary: fc.constant('drop') }, { weight: 1, arbitrary: fc.constant('unanswered') })
}), { minLength: length, maxLength: length })

t.test('a simulated server with compare-and-set that drops some writes: just those are lost, however long it goes on', (t) => {
  fc.assert(fc.property(stepsOf(400), (steps) => {
    const { proof, send, read, verdict } = begin()
    let stored = { number: 1, text: empty }
    const bases = Array.from({ length: editors }, () => stored)
    const dropped: string[] = []
    steps.forEach(({ editor, what, fault }, counter) => {
      if (what === 'read') {
        bases[editor] = stored
        read(version(stored.number), stored.text)
        return
      }
      const base = bases[editor] ?? stored
      const mark = `${editor}:${counter}:m`
      const floor = send(mark, version(base.number), base.text)
      if (base.number !== stored.number) {
        proof.refused('d', mark)
        return
      }
      const next = { number: stored.number + 1, text: addMark(base.text, editor, mark) }
      if (fault !== 'drop') stored = next
      else dropped.push(mark)
      if (fault === 'unanswered') proof.unknown('d', mark)
      else proof.acknowledged({ document: 'd', mark, version: version(next.number), floor })
    })
    const lost = verdict(version(stored.number), stored.text).filter(({ kind }) => kind === 'lost').map(({ edits: [edit] }) => edit?.mark ?? '')
    const others = verdict(version(stored.number), stored.text).filter(({ kind }) => kind === 'doubled' || kind === 'refused-applied')
    t.strictSame(lost.sort(), dropped.sort())
    t.strictSame(others, [])
  }), { numRuns: 60 })
  t.end()
})

t.test('ten thousand edits of one document: the text stays small, and the one that was overwritten is found', (t) => {
  const { edit, verdict } = begin()
  let text = empty
  for (let counter = 0; counter < 10_000; counter++) {
    const mark = `${counter % editors}:${counter}:m`
    const next = addMark(text, counter % editors, mark)
    edit(mark, version(counter + 1), text, version(counter + 2))
    if (counter !== 17) text = next
  }
  t.ok(text.length < 300)
  t.strictSame(brief(verdict(version(10_001), text)).map(({ kind, marks }) => [kind, marks[0]]), [['lost', '2:17:m']])
  t.end()
})
