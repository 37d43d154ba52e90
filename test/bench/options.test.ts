import t from 'tap'
import { parseOptions } from '../../scripts/bench/options.js'
import { measureNames } from '../../scripts/bench/measures.js'

t.test('what is measured unless more is asked for', (t) => {
  t.same(parseOptions([]), {
    seconds: 1, rounds: 3, measures: measureNames, contenders: ['raw', 'no-database', 'naive', 'mongoose', 'ours', 'ours-history', 'ours-merging', 'ours-single'],
    server: undefined, baseline: undefined, scale: false, sizes: [1000, 100_000, 1_000_000], versions: 10_000, check: false, out: 'bench'
  })
  t.end()
})

t.test('names in any case and order', (t) => {
  t.same(parseOptions(['--only', 'get,PUT,304'])?.measures, ['PUT', 'GET', '304'])
  t.same(parseOptions(['--contenders', 'ours,raw', '--cold', '--with', 'eve', '--baseline', 'x.js'])?.contenders, ['raw', 'eve', 'ours', 'ours-cold', 'ours-baseline'])
  t.same(parseOptions(['--contenders', 'ours', '--linearizable'])?.contenders, ['ours', 'ours-linearizable'])
  t.end()
})

t.test('--production is the service beside itself, unless others are named', (t) => {
  t.same(parseOptions(['--production'])?.contenders, ['ours', 'ours-production'])
  t.same(parseOptions(['--production', '--contenders', 'raw,ours'])?.contenders, ['raw', 'ours', 'ours-production'])
  t.end()
})

t.test('what can\'t be is one line that says what can', (t) => {
  const lines: Record<string, string[]> = {
    '--seconds 0: give a number from 0.02 to 600': ['--seconds', '0'],
    '--rounds 1.5: give an integer': ['--rounds', '1.5'],
    '--with flask: give eve': ['--with', 'flask'],
    '--sizes 10,x: give a number from 1 to 10000000': ['--sizes', '10,x'],
    '--contenders ours-baseline: give the --baseline FILE too': ['--contenders', 'ours-baseline']
  }
  for (const [line, args] of Object.entries(lines)) t.throws(() => parseOptions(args), { name: 'LoadError', message: line.replace('--sizes 10,x', '--sizes x') }, line)
  t.throws(() => parseOptions(['--only', 'PUT,TRACE']), { message: '--only PUT,TRACE: "TRACE" is none of PUT, PUT-100k, PATCH, POST, GET, 304, stale, hot-refetch, hot-from-409, hot-merge, alone' })
  t.throws(() => parseOptions(['--fast']), { message: /^Unknown option '--fast': --help lists the options$/ })
  t.end()
})
