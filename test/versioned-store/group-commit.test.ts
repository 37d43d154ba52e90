import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { GroupCommit, type GroupOptions } from '../../src/versioned-store/group-commit.js'

interface Item { key: string, n: number, bytes?: number, alone?: true, signal?: AbortSignal }

/** A group whose commands are answered when the test says so. */
const gated = (options: Partial<GroupOptions<Item, string>> = {}) => {
  const commands: { items: string[], answer: () => void, fail: (error: Error) => void }[] = []
  const group = new GroupCommit<Item, string>({
    keyOf: ({ key }) => key,
    bytesOf: ({ bytes }) => bytes ?? 1,
    isAlone: ({ alone }) => alone ?? false,
    signalOf: ({ signal }) => signal,
    notSent: (reason) => reason,
    run: (items) => new Promise((resolve, reject) => {
      const names = items.map(({ key, n }) => `${key}${n}`)
      commands.push({ items: names, answer: () => resolve(names.map((name) => `${name} done`)), fail: reject })
    }),
    ...options
  })
  const submit = (key: string, n: number, more: Partial<Item> = {}) => group.submit({ key, n, ...more })
  const sent = () => commands.map(({ items }) => items.join(' '))
  const answer = async (index: number) => { commands[index]?.answer(); await turn(); await turn() }
  return { group, commands, submit, sent, answer }
}
const never = 1_000_000

t.test('what arrives in one turn goes in one command, and what arrives while commands are on their way in the next', async (t) => {
  const { group, submit, sent, answer } = gated({ limits: { commands: 2, slowAfterMs: never } })
  const results = [submit('a', 1), submit('b', 1)]
  t.equal(group.waiting, 2)
  await turn()
  results.push(submit('c', 1))
  await turn()
  t.strictSame(sent(), ['a1 b1'], 'a second command waits until it is as large as the first')
  results.push(submit('d', 1))
  await turn()
  t.strictSame(sent(), ['a1 b1', 'c1 d1'])
  results.push(submit('e', 1), submit('f', 1), submit('g', 1), submit('h', 1))
  await turn()
  t.strictSame(sent(), ['a1 b1', 'c1 d1'], 'two commands are on their way, and no third')
  t.equal(group.waiting, 4)
  await answer(1)
  t.strictSame(sent(), ['a1 b1', 'c1 d1', 'e1 f1 g1 h1'])
  await answer(0)
  await answer(2)
  t.strictSame(await Promise.all(results), ['a1', 'b1', 'c1', 'd1', 'e1', 'f1', 'g1', 'h1'].map((item) => `${item} done`))
  t.equal(group.waiting, 0)
})

t.test('a command is bounded in items and bytes', async (t) => {
  const { submit, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never, itemsPerCommand: 3, bytesPerCommand: 10 } })
  const results = [submit('a', 1), submit('b', 2), submit('c', 3), submit('d', 4), submit('e', 5, { bytes: 9 }), submit('f', 6, { bytes: 50 }), submit('g', 7), submit('h', 8, { bytes: 9 })]
  for (let i = 0; i < 5; i++) { await turn(); await answer(i) }
  t.strictSame(sent(), ['a1 b2 c3', 'd4 e5', 'f6', 'g7 h8'])
  t.equal((await Promise.all(results)).length, 8)
})

t.test('an item that must be alone is, in the order of its key, and holds up no other for good', async (t) => {
  const { submit, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never } })
  const results = [submit('a', 1), submit('b', 1, { alone: true }), submit('b', 2), submit('c', 1), submit('d', 1, { alone: true }), submit('e', 1)]
  for (let i = 0; i < 5; i++) { await turn(); await answer(i) }
  t.strictSame(sent(), ['a1 c1 e1', 'b1', 'b2', 'd1'])
  t.equal((await Promise.all(results)).length, 6)
})

t.test('a slow command makes room for others, and its keys wait for it', async (t) => {
  const { submit, commands, sent, answer } = gated({ limits: { commands: 1, commandsWithSlow: 3, slowAfterMs: 1 } })
  const results = [submit('a', 1), submit('b', 1)]
  await turn()
  results.push(submit('a', 2), submit('c', 1))
  while (commands.length < 2) await delay(1)
  t.strictSame(sent(), ['a1 b1', 'c1'], 'a2 waits for a1')
  results.push(submit('b', 2), submit('d', 1))
  while (commands.length < 3) await delay(1)
  t.strictSame(sent(), ['a1 b1', 'c1', 'd1'])
  results.push(submit('e', 1))
  await delay(5)
  await turn()
  t.equal(commands.length, 3, 'no more than three at once, slow ones included')
  await answer(2)
  t.strictSame(sent().slice(3), ['e1'], 'and still nothing of a key on its way')
  await answer(0)
  await answer(3)
  while (commands.length < 5) await delay(1)
  t.strictSame(sent().slice(4), ['a2 b2'], 'in the order in which they came')
  await answer(1)
  await answer(4)
  t.strictSame(await Promise.all(results), ['a1 done', 'b1 done', 'a2 done', 'c1 done', 'b2 done', 'd1 done', 'e1 done'])
})

t.test('a key waits for all the slow commands that have it', async (t) => {
  const { submit, commands, sent, answer } = gated({ limits: { commands: 2, commandsWithSlow: 4, slowAfterMs: 200 } })
  const results = [submit('a', 1)]
  await turn()
  results.push(submit('a', 2))
  await turn()
  t.strictSame(sent(), ['a1', 'a2'])
  await delay(400)
  results.push(submit('a', 3), submit('b', 1))
  while (commands.length < 3) await delay(1)
  await answer(0)
  t.strictSame(sent(), ['a1', 'a2', 'b1'])
  await answer(1)
  t.strictSame(sent().slice(3), ['a3'])
  await answer(2)
  await answer(3)
  t.equal((await Promise.all(results)).length, 4)
})

t.test('the queue is bounded in items and bytes: what is over is not sent', async (t) => {
  const { submit, group, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never, queueItems: 3, queueBytes: 10 } })
  const first = submit('a', 1)
  await turn()
  const waiting = [submit('b', 1), submit('c', 1), submit('d', 1)]
  t.equal(await submit('e', 1), 'overloaded')
  t.equal(group.waiting, 3)
  await answer(0)
  t.equal(await first, 'a1 done')
  const large = submit('f', 1, { bytes: 8 })
  t.equal(await submit('g', 1, { bytes: 3 }), 'overloaded')
  const small = submit('h', 1, { bytes: 2 })
  await answer(1)
  await answer(2)
  t.strictSame(await Promise.all([...waiting, large, small]), ['b1 done', 'c1 done', 'd1 done', 'f1 done', 'h1 done'])
  t.strictSame(sent(), ['a1', 'b1 c1 d1', 'f1 h1'])
  const again = submit('i', 1, { bytes: 10 })
  await turn()
  await answer(3)
  t.equal(await again, 'i1 done', 'what was sent no longer counts')
})

t.test('what waited too long is not sent', async (t) => {
  const { submit, group, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never, queueMs: 20 } })
  const alive = setInterval(() => undefined, 1_000)
  t.teardown(() => clearInterval(alive))
  const first = submit('a', 1)
  await turn()
  const old = submit('b', 1, { bytes: 64 * 1024 * 1024 })
  t.equal(await old, 'unreachable')
  t.equal(group.waiting, 0)
  const late = submit('c', 1, { bytes: 64 * 1024 * 1024 })
  await answer(0)
  await answer(1)
  t.strictSame(await Promise.all([first, late]), ['a1 done', 'c1 done'], 'its bytes no longer count')
  t.strictSame(sent(), ['a1', 'c1'])
})

t.test('each waits its own time: what came later is still sent', async (t) => {
  const { submit, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never, queueMs: 60 } })
  const alive = setInterval(() => undefined, 1_000)
  t.teardown(() => clearInterval(alive))
  const first = submit('a', 1)
  await turn()
  const old = submit('b', 1)
  await delay(40)
  const late = submit('c', 1)
  t.equal(await old, 'unreachable')
  await answer(0)
  await answer(1)
  t.strictSame(await Promise.all([first, late]), ['a1 done', 'c1 done'])
  t.strictSame(sent(), ['a1', 'c1'])
})

t.test('who has hung up is dropped before it is sent, and not after', async (t) => {
  const { submit, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: never } })
  const [sentAlready, waiting] = [new AbortController(), new AbortController()]
  const first = submit('a', 1, { signal: sentAlready.signal })
  await turn()
  const results = [submit('b', 1, { signal: waiting.signal }), submit('c', 1)]
  sentAlready.abort()
  waiting.abort()
  await answer(0)
  await answer(1)
  t.equal(await first, 'a1 done')
  t.strictSame(await Promise.all(results), ['hung-up', 'c1 done'])
  t.strictSame(sent(), ['a1', 'c1'])
  t.equal(await submit('d', 1, { signal: waiting.signal }), 'hung-up')
})

t.test('a command that throws fails those who were in it, and the next one goes', async (t) => {
  const { submit, commands, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: 1 } })
  const failing = Promise.allSettled([submit('a', 1), submit('b', 1)])
  await turn()
  await delay(5)
  const next = submit('a', 2)
  commands[0]?.fail(new Error('lost'))
  t.match(await failing, [{ status: 'rejected', reason: { message: 'lost' } }, { status: 'rejected', reason: { message: 'lost' } }])
  await turn()
  await answer(1)
  t.equal(await next, 'a2 done', 'and its keys are free again')
  t.strictSame(sent(), ['a1 b1', 'a2'])
})

t.test('an item without a result is an error, and takes no other\'s', async (t) => {
  const { submit } = gated({ run: (items) => Promise.resolve(items.slice(0, 1).map(({ key }) => key)) })
  t.match(await Promise.allSettled([submit('a', 1), submit('b', 1)]), [{ status: 'fulfilled', value: 'a' }, { status: 'rejected', reason: { message: 'a command of 2 items has no result for item 1' } }])
})

t.test('what was sent and has no answer in time gets what `late` says, and the command changes nothing of that any more', async (t) => {
  const { submit, answer } = gated({ limits: { commands: 1, slowAfterMs: 5, answerMs: 30 }, late: ({ key }) => key === 'a' ? 'late' : undefined })
  const [a, b] = [submit('a', 1), submit('b', 1)]
  t.equal(await a, 'late')
  await answer(0)
  t.strictSame(await Promise.all([a, b]), ['late', 'b1 done'])
})

t.test('the time of an item runs from when whoever asks for it came', async (t) => {
  const { group, sent, answer } = gated({ limits: { commands: 1, slowAfterMs: 5, answerMs: 1_000 }, late: () => 'late' })
  t.equal(await group.submit({ key: 'a', n: 1 }, performance.now() - 1_000), 'late')
  t.strictSame(sent(), ['a1'])
  await answer(0)
})
