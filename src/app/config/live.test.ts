// Settings while the server runs: what may change, what it survives, what is never half done.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { documentedKeys, fileOnlyKeys, liveKeys, pathKeys, secretKeys } from './keys.ts'
import { LiveSettings } from './live.ts'
import { sourceOf } from './load.ts'

const minimal = '[server]\ndomains = ["a.test"]\n'

function placed(t: TestContext, source = minimal) {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-live-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'amplop.toml')
  writeFileSync(file, source)
  const open = () => new LiveSettings({ source: sourceOf(file), folder, log: silentLog })
  return { folder, file, overlay: join(folder, 'settings.toml'), open }
}

function refusal(code: string, words: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof Refused)
    assert.equal(error.code, code)
    assert.match(error.message, words)
    return true
  }
}

test('T003-11 a change is in force at once, on disk, and there after a restart', (t) => {
  const { overlay, open } = placed(t, `# mine\n${minimal}[smtp]\nerrors_max = 7\n`)
  const live = open()
  const view = live.derive(({ smtp }) => ({ errorsMax: smtp.errors_max }))
  const seen: number[] = []
  live.watch(({ smtp }) => seen.push(smtp.errors_max))
  const state = live.set('smtp.errors_max', '9')
  assert.deepEqual(state, {
    ...{ key: 'smtp.errors_max', value: 9, stored: 9, from: 'set' },
    ...{ live: true, pending: '', hides: 7 },
  })
  assert.equal(view.errorsMax, 9)
  assert.deepEqual(seen, [7, 9])
  assert.match(readFileSync(overlay, 'utf8'), /^\[smtp\]\nerrors_max = 9$/m)
  assert.equal(open().current.smtp.errors_max, 9)
  assert.equal(live.unset('smtp.errors_max').value, 7)
  assert.equal(view.errorsMax, 7)
  assert.equal(open().current.smtp.errors_max, 7)
})

const good: readonly (readonly [string, string, unknown])[] = [
  ['log.level', 'debug', 'debug'],
  ['log.level', 'off', 'off'],
  ['smtp.lenient', 'off', false],
  ['smtp.lenient', 'true', true],
  ['smtp.size_max_bytes', '2048', 2048],
  ['server.trusted_networks', '10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['server.trusted_networks', '["10.0.0.0/8"]', ['10.0.0.0/8']],
  ['server.trusted_networks', '', []],
  ['http.metrics_token', 'abc', '(hidden)'],
]

for (const [key, text, value] of good) {
  test(`T003-11 set ${key} "${text}"`, (t) => {
    const live = placed(t).open()
    assert.deepEqual(live.set(key, text).value, value)
    assert.deepEqual(live.get(key).value, value)
  })
}

const bad: readonly (readonly [string, string, string, RegExp])[] = [
  ['smtp.nope', '1', 'not-found', /setting "smtp\.nope": amplop config list has all/],
  ['', '1', 'not-found', /setting ""/],
  ['__proto__.x', '1', 'not-found', /setting/],
  ['smtp.errors_max', 'many', 'bad-value', /smtp\.errors_max must be a whole number from 1 to/],
  ['smtp.errors_max', '0', 'bad-value', /smtp\.errors_max must be a whole number from 1 to/],
  ['smtp.errors_max', '1e3', 'bad-value', /must be a whole number/],
  ['smtp.errors_max', '', 'bad-value', /must be a whole number/],
  ['smtp.lenient', 'perhaps', 'bad-value', /must be true or false/],
  ['log.level', 'loud', 'bad-value', /must be one of "debug"/],
  ['server.trusted_networks', '10.0.0.0/99', 'bad-value', /must be a list of networks/],
  ['server.trusted_networks', '[', 'bad-value', /neither plain text nor JSON/],
  ['server.domains', '', 'bad-value', /server\.domains is empty/],
  ['tls.cert', '/a.pem', 'bad-value', /needs both tls\.cert and tls\.key/],
  ['server.data', '/elsewhere', 'bad-value', /settings file only/],
  ['store.url', 'postgres://a', 'bad-value', /settings file only/],
]

for (const [key, text, code, words] of bad) {
  test(`T003-11 set ${key} "${text}" changes nothing and says why`, (t) => {
    const { overlay, open } = placed(t)
    const live = open()
    live.set('smtp.recipients_max', '200')
    const before = [live.current, readFileSync(overlay, 'utf8'), live.list()]
    assert.throws(() => live.set(key, text), refusal(code, words))
    assert.deepEqual([live.current, readFileSync(overlay, 'utf8'), live.list()], before)
  })
}

test('T003-11 what needs a restart is stored, said to wait, and in force after it', (t) => {
  const { open } = placed(t)
  const live = open()
  const state = live.set('smtp.listen', '127.0.0.1:2525,[::1]:2525')
  assert.equal(state.pending, 'restart')
  assert.equal(state.live, false)
  assert.deepEqual(state.value, ['0.0.0.0:25', '[::]:25'])
  assert.deepEqual(state.stored, ['127.0.0.1:2525', '[::1]:2525'])
  assert.equal(live.current.smtp.listen[0]?.port, 25)
  assert.deepEqual(open().current.smtp.listen, [
    { host: '127.0.0.1', port: 2525 },
    { host: '::1', port: 2525 },
  ])
})

test('two changes at once are both kept: each reads what is there', (t) => {
  const { open } = placed(t)
  const [one, other] = [open(), open()]
  one.set('smtp.errors_max', '3')
  other.set('smtp.recipients_max', '300')
  const { errors_max, recipients_max } = open().current.smtp
  assert.deepEqual([errors_max, recipients_max], [3, 300])
})

test('a crash in the midst of a change leaves the old settings, and the next change works', (t) => {
  const { overlay, open } = placed(t)
  open().set('smtp.errors_max', '3')
  writeFileSync(`${overlay}.new`, '[smtp]\nerr')
  const live = open()
  assert.equal(live.current.smtp.errors_max, 3)
  live.set('smtp.errors_max', '4')
  assert.equal(open().current.smtp.errors_max, 4)
  assert.equal(existsSync(`${overlay}.new`), false)
})

test('a folder that cannot be written to: nothing changes, in memory either', (t) => {
  const { overlay, open } = placed(t)
  const live = open()
  // Permissions do not stop root; a folder in the way does.
  mkdirSync(overlay)
  rmSync(overlay, { recursive: true })
  live.set('smtp.errors_max', '3')
  mkdirSync(`${overlay}.new`)
  assert.throws(
    () => live.set('smtp.errors_max', '4'),
    refusal('storage-failed', /settings\.toml could not be written: EISDIR/),
  )
  assert.equal(live.current.smtp.errors_max, 3)
  assert.equal(open().current.smtp.errors_max, 3)
})

test('the settings file is read anew: all of it or nothing', (t) => {
  const { file, open } = placed(t)
  const live = open()
  const limits = live.derive(({ smtp }) => ({ ...smtp }))
  writeFileSync(file, `${minimal}[smtp]\nerrors_max = 3\nrecipients_max = 1\n`)
  assert.throws(() => live.reload(), refusal('bad-value', /amplop\.toml:5: smtp\.recipients_max/))
  assert.equal(limits.errors_max, 20)
  writeFileSync(file, `${minimal}name = "b.test"\n[smtp]\nerrors_max = 3\nrecipients_max = 101\n`)
  const states = live.reload()
  assert.deepEqual([limits.errors_max, limits.recipients_max], [3, 101])
  const told = states.map(({ key, pending }) => [key, pending])
  assert.deepEqual(told, [
    ['server.name', 'restart'],
    ['smtp.recipients_max', ''],
    ['smtp.errors_max', ''],
  ])
  assert.equal(live.current.server.name, '')
})

test('a file changed and not read anew is told by the list, as is one that hides', (t) => {
  const { file, open } = placed(t)
  const live = open()
  live.set('smtp.recipients_max', '300')
  writeFileSync(file, `${minimal}[smtp]\nerrors_max = 3\nrecipients_max = 400\n`)
  const state = (key: string) => live.list().find((one) => one.key === key)
  assert.deepEqual(
    [state('smtp.errors_max')?.value, state('smtp.errors_max')?.pending],
    [20, 'reload'],
  )
  const hidden = state('smtp.recipients_max')
  assert.deepEqual([hidden?.value, hidden?.from, hidden?.hides], [300, 'set', 400])
})

test('a start with a wrong line in what was set says where', (t) => {
  const { overlay, open } = placed(t)
  writeFileSync(overlay, '[smtp]\nerrors_max = "x"\n')
  assert.throws(open, /settings\.toml:2: smtp\.errors_max must be a whole number/)
  writeFileSync(overlay, '[server]\ndomains = []\n')
  assert.throws(open, /settings\.toml: .*server\.domains is empty/)
  writeFileSync(overlay, '[server]\ndata = "x"\n')
  assert.throws(open, /settings\.toml: server\.data is set in the settings file only/)
})

test('every key of the tables is a setting', () => {
  const all = new Set(documentedKeys().map(({ key }) => key))
  for (const key of [...liveKeys, ...fileOnlyKeys, ...pathKeys, ...secretKeys])
    assert.ok(all.has(key), key)
})
