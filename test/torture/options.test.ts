import t from 'tap'
import { planFaults } from '../../scripts/torture/fault-plan.js'
import { faultNames, faults } from '../../scripts/torture/faults/index.js'
import { parseOptions, usage } from '../../scripts/torture/options.js'

t.test('what is left out: a minute, all faults, seed 1', (t) => {
  t.strictSame(parseOptions([]), {
    seconds: 60, seed: 1, faults: faultNames, clients: 48, plant: undefined, readConcern: 'majority', leastRate: 100,
    restarts: undefined, soak: false, checkSeconds: 60, json: undefined, check: undefined, history: undefined
  })
  t.strictSame(parseOptions(['--faults', 'none'])?.faults, [])
  t.strictSame(parseOptions(['--soak'])?.faults, [])
  t.strictSame(parseOptions(['--faults', 'kill-all,step-down'])?.faults, ['step-down', 'kill-all'])
  t.equal(parseOptions(['--help']), undefined)
  for (const name of ['--seconds', '--seed', '--faults', '--json', '--check', '--plant', '--soak', '--restarts', ...faultNames]) t.ok(usage.includes(name), name)
  t.end()
})

t.test('what is wrong is told by its option, with what it takes', (t) => {
  const cases: readonly (readonly [string[], string | RegExp])[] = [
    [['--seconds', '0'], '--seconds 0: give an integer from 1 to 86400'],
    [['--seed', 'x'], '--seed x: give an integer from 1 to 2147483647'],
    [['--faults', 'kill-all,rain'], /^--faults kill-all,rain: "rain" is none of all, none, kill-primary, /],
    [['--plant', 'nothing'], /^--plant nothing: give one of compare-in-process, /],
    [['--read-concern', 'local'], '--read-concern local: give majority or linearizable'],
    [['--what'], /^Unknown option '--what'.*: --help lists the options$/]
  ]
  for (const [args, message] of cases) t.throws(() => parseOptions(args), { message }, args.join(' '))
  t.end()
})

t.test('the seed determines the faults: each kind in every round, and no two at once that take hold of the same', (t) => {
  const planned = planFaults(7, 120, faultNames)
  t.strictSame(planFaults(7, 120, faultNames), planned)
  t.notSame(planFaults(8, 120, faultNames), planned)
  t.strictSame([...new Set(planned.map(({ fault }) => fault))].sort(), [...faultNames].sort())
  t.ok(planned.every(({ fault, at, ms }) => at >= 2_000 && ms >= faults[fault].lasts[0] && ms <= faults[fault].lasts[1]))
  t.ok(planned.some(({ at, ms }, i) => planned.slice(i + 1).some((other) => other.at < at + ms)), 'some are mixed')
  t.strictSame(planFaults(7, 120, []), [])
  t.end()
})
