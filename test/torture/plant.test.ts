import { readFile } from 'node:fs/promises'
import t from 'tap'
import { defectNames, defects } from '../../scripts/torture/defects.js'
import { plant } from '../../scripts/torture/plant.js'

t.test('every defect can still be planted in the sources as they are', async (t) => {
  for (const name of defectNames) {
    const planted = await readFile(await plant(name, defects[name]), 'utf8')
    t.ok(planted.includes('listening on'), name)
  }
})

t.test('a defect whose place is gone, or is there twice, is told and not left out', async (t) => {
  await t.rejects(plant('none', { edits: [{ file: 'versioned-store/guard.ts', from: 'no such text', to: '' }] }), { message: 'src/versioned-store/guard.ts has 0 times, and not once, what a defect is planted in: "no such text"; scripts/torture/defects.ts must follow it' })
  await t.rejects(plant('none', { edits: [{ file: 'versioned-store/guard.ts', from: 'export', to: '' }] }), /src\/versioned-store\/guard\.ts has \d\d? times, and not once/)
  await t.rejects(plant('none', { edits: [{ file: 'versioned-store/nowhere.ts', from: 'export', to: '' }] }), { message: 'the defect none can\'t be planted: src/versioned-store/nowhere.ts is no part of the service' })
})
