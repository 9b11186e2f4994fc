// Words between processes: soon, in order, never to oneself; and what is told when some were lost.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { PostgresNotifier } from './postgres-notifier.ts'
import { CuttingProxy } from './testing/cutting-proxy.ts'
import { postgres } from './testing/engines.ts'
import { keepingLog, newFolder } from './testing/places.ts'

const { skip } = postgres

async function opened(t: TestContext, url: string): Promise<PostgresNotifier> {
  const notifier = await PostgresNotifier.open(url, keepingLog([]))
  t.after(() => notifier.close())
  return notifier
}

class Heard {
  readonly words: (string | undefined)[] = []

  constructor(notifier: PostgresNotifier, channel: string) {
    notifier.listen(channel, (word) => this.words.push(word))
  }

  async until(done: (words: readonly (string | undefined)[]) => boolean): Promise<void> {
    const deadline = performance.now() + 10_000
    while (!done(this.words)) {
      assert.ok(performance.now() < deadline, `heard only ${this.words.length}`)
      await pause(2)
    }
  }
}

test('words reach other processes in order, by channel, and nobody hears himself', {
  skip,
}, async (t) => {
  const url = await postgres.url(newFolder(t))
  const [one, two] = [await opened(t, url), await opened(t, url)]
  const [mine, theirs, other] = [new Heard(one, 'a'), new Heard(two, 'a'), new Heard(two, 'b')]
  // The second one began: what it may have said before it ended the last time was missed.
  await mine.until((words) => words.includes(undefined))
  const words = Array.from({ length: 500 }, (_, n) => `${n} ${'x'.repeat(n % 50)}`)
  for (const word of words) one.publish('a', word)
  one.publish('b', 'only this')
  await other.until((heard) => heard.includes('only this'))
  assert.deepEqual(theirs.words, words)
  assert.deepEqual(other.words, ['only this'])
  assert.deepEqual(mine.words, [undefined])
})

test('a word takes milliseconds', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const [one, two] = [await opened(t, url), await opened(t, url)]
  const took: number[] = []
  const heard = new Heard(two, 'a')
  for (let n = 0; n < 50; n++) {
    const began = performance.now()
    one.publish('a', `${n}`)
    await heard.until((words) => words.at(-1) === `${n}`)
    took.push(performance.now() - began)
  }
  const median = took.sort((a, b) => a - b)[25] ?? 0
  assert.ok(median < 50, `${median} ms`)
})

test('two schemas of one database do not hear each other', { skip }, async (t) => {
  const one = await opened(t, await postgres.url(newFolder(t)))
  const two = await opened(t, await postgres.url(newFolder(t)))
  const heard = new Heard(two, 'a')
  one.publish('a', 'not for you')
  const three = await opened(t, await postgres.url(newFolder(t)))
  three.publish('a', 'nor this')
  await pause(50)
  assert.deepEqual(heard.words, [])
})

test('a lost connection is told as missed, on both sides, and words come again', {
  skip,
}, async (t) => {
  const url = await postgres.url(newFolder(t))
  const [one, two] = [await opened(t, url), await opened(t, url)]
  const heard = new Heard(two, 'a')
  one.publish('a', 'before')
  await heard.until((words) => words.includes('before'))
  await postgres.server.execute(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'amplop notify'",
  )
  await heard.until((words) => words.includes(undefined))
  await pause(20)
  for (let n = 0; heard.words.at(-1) !== 'after'; n++) {
    assert.ok(n < 100, 'no word came any more')
    one.publish('a', 'after')
    await pause(50)
  }
})

for (const how of ['cut', 'silent'] as const)
  test(`a listener whose connection is ${how} reads anew after what it missed`, {
    skip,
  }, async (t) => {
    const url = await postgres.url(newFolder(t))
    const proxy = new CuttingProxy(t, postgres.server.folder)
    const one = await opened(t, url)
    const two = await PostgresNotifier.open(proxy.url(url), keepingLog([]), 50)
    t.after(() => two.close())
    const heard = new Heard(two, 'a')
    one.publish('a', 'before')
    await heard.until((words) => words.includes('before'))
    heard.words.length = 0
    if (how === 'cut') proxy.cutAll()
    else proxy.freeze()
    one.publish('a', 'missed')
    // It may have been heard by the new connection; then what was read anew was read after it.
    await heard.until((words) => words.includes(undefined))
    one.publish('a', 'after')
    await heard.until((words) => words.at(-1) === 'after')
  })

test('a listener that fails is nobody else’s trouble', { skip }, async (t) => {
  const url = await postgres.url(newFolder(t))
  const [one, two] = [await opened(t, url), await opened(t, url)]
  two.listen('a', () => {
    throw new Error('a bug')
  })
  const heard = new Heard(two, 'a')
  one.publish('a', 'word')
  await heard.until((words) => words.includes('word'))
})
