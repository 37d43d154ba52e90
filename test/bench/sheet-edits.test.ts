import t from 'tap'
import { SheetEdits } from '../../scripts/bench/sheet-edits.js'

const edit = (field: string, value: string, base: number) => ({ field, value, base })

t.test('what could be merged and what could not, and what is missing at the end', (t) => {
  const edits = new SheetEdits(10)
  edits.acknowledged(edit('a', 'a1', 10), 11)
  edits.acknowledged(edit('b', 'b1', 10), 12)
  edits.acknowledged(edit('c', 'c1', 11), 13)
  edits.refused(edit('a', 'a2', 10), 13)
  t.same(edits.judge(13, '{"a":"a1","b":"b1","c":"c1"}'), { lost: 0, merged: 1 }, 'a refusal where somebody else changed the same field is none that could be merged')
  edits.refused(edit('d', 'd1', 10), 13)
  edits.refused(edit('a', 'a3', 11), 13)
  t.same(edits.judge(13, '{"a":"a1","b":"b1","c":"c1"}'), { lost: 0, merged: 0.5 })
  t.match(edits.judge(13, '{"a":"a1","b":"0","c":"c1"}'), { lost: 1 }, 'a field that has another value than its last edit gave it')
  edits.acknowledged(edit('a', 'a4', 13), 13)
  t.match(edits.judge(13, '{"a":"a4","b":"b1","c":"c1"}'), { lost: 1 }, 'two edits that were acknowledged as one version')
  t.same(new SheetEdits(1).judge(1, '{}'), { lost: 0 })
  t.end()
})
