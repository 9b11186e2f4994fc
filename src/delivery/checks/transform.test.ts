import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it, type TestContext } from 'node:test'
import type { Log, LogFields } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { accountId, bytesIn, neighbour, openHouse, send } from '../testing/house.ts'
import type { Client } from '../types.ts'
import { Transform, type TransformSettings } from './transform.ts'

const plain: TransformSettings = {
  enabled: true,
  command: ['cat'],
  directions: ['in', 'out', 'gateway'],
  domains: [],
  onFailure: 'tempfail',
  timeoutMs: 20_000,
  outputMaxBytes: 20_000_000,
  concurrencyMax: 4,
}

const letter = 'Subject: a letter\r\nX-A: abc\r\n\r\nfirst\r\n.second\r\n'

async function house(t: TestContext, changed: Partial<TransformSettings>) {
  let settings = { ...plain, ...changed }
  const warnings: LogFields[] = []
  const log: Log = { ...silentLog, warn: (_, fields = {}) => warnings.push(fields) }
  const transform = new Transform(() => settings, log)
  const opened = await openHouse(t, { checks: [transform] })
  t.after(() => opened.close())
  const account = await accountId(opened, 'iqbal@example.com')
  return {
    ...opened,
    warnings,
    stop: () => transform.stop(),
    set: (change: Partial<TransformSettings>) => {
      settings = { ...settings, ...change }
    },
    send: (text: string | Buffer = letter, client?: Client, to = 'iqbal') =>
      send(opened, [to], text, client),
    inbox: async () => (await bytesIn(opened, account)).map(({ body }) => body.toString('latin1')),
    quarantined: async () =>
      (await bytesIn(opened, 'quarantine', 'quarantine')).map(({ body }) => `${body}`),
  }
}

const sh = (script: string, ...rest: string[]) => ['sh', '-c', script, 'sh', ...rest]
const spamc = sh('printf "X-Spam-Status: No\\n"; cat')

const working: [string, readonly string[], string][] = [
  ['cat gives back every byte', ['cat'], letter],
  [
    'tac turns the lines',
    ['tac'],
    letter
      .split(/(?<=\n)/)
      .toReversed()
      .join(''),
  ],
  ['sed changes words', ['sed', 's/a/b/'], letter.replaceAll(/^([^a\n]*)a/gm, '$1b')],
  ['a filter that adds a field before, with a bare LF', spamc, `X-Spam-Status: No\r\n${letter}`],
  ['no shell reads the arguments', ['printf', '%s', '$HOME;`id`|x>y'], '$HOME;`id`|x>y\r\n'],
  ['a program that reads nothing of its input', ['echo', 'A: b'], 'A: b\r\n'],
]
for (const [name, command, wanted] of working)
  it(name, async (t) => {
    const it = await house(t, { command })
    const trace = await it.send()
    assert.deepEqual(await it.inbox(), [wanted])
    assert.equal(trace.steps[2]?.step, 'filtered')
    assert.equal(trace.steps[2]?.said, `transform: ${command[0]} took it`)
    assert.deepEqual(it.warnings, [])
  })

it('a large message streams through, binary bytes and all', async (t) => {
  const it = await house(t, { command: ['cat'] })
  const line = Buffer.from(
    `${String.fromCharCode(...Array(64).keys()).slice(14)}\xff\xfe\0\r\n`,
    'latin1',
  )
  const text = Buffer.concat([
    Buffer.from(letter),
    Buffer.alloc(3_000_000 - (3_000_000 % line.length), line),
  ])
  await it.send(text)
  const [got = ''] = await it.inbox()
  assert.ok(Buffer.from(got, 'latin1').equals(text), 'every byte of it')
})

it('a large message whose program stops reading early does not hang', async (t) => {
  const it = await house(t, { command: sh('exec <&-; echo A: b; sleep 0.1') })
  await it.send(`${letter}${'x'.repeat(70).concat('\r\n').repeat(40_000)}`)
  assert.deepEqual(await it.inbox(), ['A: b\r\n'])
})

const failing: [string, readonly string[], RegExp, Partial<TransformSettings>?][] = [
  ['there is no such program', ['/nowhere/program'], /could not be started/],
  ['it fails after it printed everything', sh('cat; exit 1'), /failed with status 1/],
  ['it is killed half-way', sh('head -c 10; kill -SEGV $$'), /was ended by SIGSEGV/],
  ['it prints nothing', ['true'], /printed nothing/],
  ['it never ends', ['sleep', '60'], /timed out/, { timeoutMs: 150 }],
  [
    'it ignores being asked to end',
    sh('trap "" TERM HUP INT; sleep 60'),
    /timed out/,
    { timeoutMs: 150 },
  ],
  ['it prints without end', ['yes'], /said too much/, { outputMaxBytes: 200_000 }],
]
for (const [name, command, said, more] of failing)
  it(`${name}: the policy decides, and never half a message is kept`, async (t) => {
    const it = await house(t, { command, ...more })
    await assert.rejects(it.send(), (error: unknown) => {
      assert.ok(error instanceof Refused)
      assert.equal(error.code, 'filter-deferred')
      assert.match(error.filter?.by ?? '', said)
      return true
    })
    it.set({ onFailure: 'unchanged' })
    const trace = await it.send()
    assert.match(trace.steps[2]?.said ?? '', said)
    assert.deepEqual(await it.inbox(), [letter])
    it.set({ onFailure: 'quarantine' })
    await it.send()
    assert.deepEqual(await it.inbox(), [letter])
    assert.deepEqual(await it.quarantined(), [letter])
    const last = it.warnings.at(-1)
    if (name !== 'it prints nothing') assert.ok(last?.is !== 'exited' || last?.status !== 0)
  })

it('a child that it leaves behind ends with it and holds nothing up', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-child-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const pid = join(folder, 'pid')
  const it = await house(t, { command: sh('sleep 60 & echo $! > "$1"; cat', pid) })
  const began = performance.now()
  await it.send()
  assert.deepEqual(await it.inbox(), [letter])
  assert.ok(performance.now() - began < 10_000)
  assert.ok(!isRunning(Number(readFileSync(pid, 'utf8'))), 'the child is gone')
})

/** A zombie that init has not yet taken up is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

it('what it complains of is logged, and no more of it than a little', async (t) => {
  const it = await house(t, {
    command: sh('echo "bad thing" >&2; yes >&2 & head -c 100000 /dev/zero >&2; cat'),
  })
  await it.send()
  assert.deepEqual(await it.inbox(), [letter])
  const complaint = String(it.warnings[0]?.complaint)
  assert.match(complaint, /bad thing/)
  assert.ok(complaint.length <= 400)
})

it('its environment has nothing of ours, and the sender as plain text', async (t) => {
  process.env.AMPLOP_TEST_SECRET = 'secret'
  t.after(() => delete process.env.AMPLOP_TEST_SECRET)
  const it = await house(t, { command: ['env'] })
  const trace = await it.send()
  const [got = ''] = await it.inbox()
  const names = got.split('\r\n').map((line) => line.split('=')[0])
  assert.deepEqual(
    names.filter((name) => name !== '' && !/^(PWD|SHLVL|_)$/.test(name ?? '')).sort(),
    [
      'AMPLOP_CLIENT',
      'AMPLOP_DIRECTION',
      'AMPLOP_ID',
      'AMPLOP_LOGIN',
      'AMPLOP_SENDER',
      'LANG',
      'PATH',
    ],
  )
  assert.ok(got.includes(`AMPLOP_ID=${trace.id}\r\n`))
  assert.ok(got.includes('AMPLOP_SENDER=ana@example.net\r\n'))
})

it('it is for some directions and some domains, and can be switched while mail comes', async (t) => {
  const it = await house(t, { command: ['echo', 'A: changed'] })
  const login: Client = { ...neighbour, protocol: 'submission', login: 'tito@example.com' }
  const gateway: Client = { ...neighbour, protocol: 'gateway' }
  const changed = async (client: Client) => {
    await it.send(letter, client)
    return (await it.inbox()).at(-1) !== letter
  }
  const all = async () => [await changed(neighbour), await changed(login), await changed(gateway)]
  const table: [Partial<TransformSettings>, boolean[]][] = [
    [{}, [true, true, true]],
    [{ enabled: false }, [false, false, false]],
    [{ enabled: true, directions: ['in'] }, [true, false, false]],
    [{ directions: ['out', 'gateway'] }, [false, true, true]],
    [{ directions: ['in', 'out', 'gateway'], domains: ['example.com'] }, [true, false, false]],
    [{ domains: ['example.net'] }, [false, true, true]],
    [{ domains: [], command: [] }, [false, false, false]],
  ]
  for (const [change, wanted] of table) {
    it.set(change)
    assert.deepEqual(await all(), wanted, JSON.stringify(change))
  }
})

it('so many run at a time; one whose turn does not come hears that we are busy', async (t) => {
  const it = await house(t, { command: sh('sleep 0.3; cat'), concurrencyMax: 1, timeoutMs: 10_000 })
  const both = await Promise.all([it.send(), it.send()])
  assert.equal(both.length, 2)
  it.set({ command: ['sleep', '60'], timeoutMs: 400, onFailure: 'unchanged' })
  const hanging = it.send()
  it.set({ timeoutMs: 100 })
  await assert.rejects(it.send(), (error: unknown) => (error as Refused).code === 'busy')
  await hanging
  assert.deepEqual(await it.inbox(), [letter, letter, letter])
})

it('a server that stops waits for no program, and its message is not let through', async (t) => {
  const it = await house(t, { command: ['sleep', '60'], onFailure: 'unchanged' })
  const sending = it.send()
  const refused = assert.rejects(sending, (error: unknown) => (error as Refused).code === 'busy')
  setImmediate(it.stop)
  await refused
  await assert.rejects(it.send(), (error: unknown) => (error as Refused).code === 'busy')
  assert.deepEqual(await it.inbox(), [])
})
