import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LogFields } from '../base/log.ts'
import { silentLog } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import { Refused } from '../base/refused.ts'
import type { Attempt, GuardOptions } from './guard.ts'
import { openDirectory } from './testing/directory.ts'
import { testGuard } from './testing/guard.ts'

const minute = 60_000
const tito = 'tito@example.com'

function watched(options: Partial<GuardOptions> = {}) {
  const clock = { now: 1_000_000_000 }
  const waits: number[] = []
  const lines: LogFields[] = []
  const note = (_event: string, fields: LogFields = {}) => {
    lines.push(fields)
  }
  const guard = testGuard(
    {
      trusted: new Networks(['192.168.0.0/16']),
      now: () => clock.now,
      wait: async (ms) => {
        waits.push(ms)
      },
      ...options,
    },
    { ...silentLog, info: note, warn: note },
  )
  /** "in", or "out" where nobody is heard. */
  const attempt = async (account: string, address: string, end: keyof Attempt) => {
    try {
      const admitted = await guard.admit(account, address)
      admitted[end]()
      return 'in'
    } catch (error) {
      assert.ok(error instanceof Refused && error.code === 'rate-limited')
      return 'out'
    }
  }
  return { guard, clock, waits, lines, attempt }
}

it('the first wrong logins cost nothing, each further one twice the time, up to 4 s', async () => {
  const { attempt, waits } = watched()
  for (let n = 0; n < 12; n++) assert.equal(await attempt(tito, '192.0.2.1', 'wrong'), 'in')
  assert.deepEqual(waits, [250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000])
})

it('an account hears no stranger after too many, from wherever they came, and does again', async () => {
  const { attempt, clock, lines } = watched()
  let heard = 0
  for (let n = 0; n < 1000; n++) {
    const address = `10.${n % 200}.${n % 7}.${n % 250}`
    if ((await attempt(tito, address, 'wrong')) === 'in') heard++
    clock.now += 3_600
  }
  assert.ok(heard > 14 && heard <= 30, `${heard} in an hour`)
  assert.equal(await attempt('iqbal@example.com', '10.1.1.1', 'wrong'), 'in')
  clock.now += 60 * minute
  assert.equal(await attempt(tito, '10.1.1.2', 'wrong'), 'in')
  const told = lines.filter((line) => line.of === 'account').map((line) => line.state)
  assert.deepEqual(told.slice(0, 3), ['slowed', 'shut', 'open'])
  assert.ok(told.length < 12, 'told once each time it changes, not for each attempt')
})

it('the owner is heard from where they logged in before, slowly, and from trusted networks', async () => {
  const { attempt, waits, clock } = watched()
  assert.equal(await attempt(tito, '2001:db8:1:2::7', 'proved'), 'in')
  for (let n = 0; n < 200; n++) await attempt(tito, `10.0.${n}.1`, 'wrong')
  assert.equal(await attempt(tito, '10.9.9.9', 'proved'), 'out')
  waits.length = 0
  for (let n = 0; n < 100; n++)
    assert.equal(await attempt(tito, `2001:db8:1:2::${n}`, 'wrong'), 'in', `try ${n}`)
  assert.equal(waits.at(-1), 4000)
  assert.equal(await attempt(tito, '2001:db8:1:3::1', 'proved'), 'out', 'another /64')
  waits.length = 0
  for (let n = 0; n < 100; n++) assert.equal(await attempt(tito, '192.168.1.1', 'wrong'), 'in')
  assert.deepEqual(waits, [])
  clock.now += 31 * 24 * 60 * minute
  for (let n = 0; n < 30; n++) await attempt(tito, `10.0.${n}.1`, 'wrong')
  assert.equal(await attempt(tito, '2001:db8:1:2::7', 'proved'), 'out', 'a month is a long time')
})

it('a new password makes strangers of all who knew the old one', async () => {
  const { guard, attempt } = watched()
  const other = 'tito@example.com.au'
  for (const account of [tito, other]) await attempt(account, '10.1.1.1', 'proved')
  guard.forget(tito)
  for (let n = 0; n < 100; n++) await attempt(tito, `10.2.${n}.1`, 'wrong')
  for (let n = 0; n < 100; n++) await attempt(other, `10.3.${n}.1`, 'wrong')
  assert.equal(await attempt(tito, '10.1.1.1', 'proved'), 'out')
  assert.equal(await attempt(other, '10.1.1.1', 'proved'), 'in')
})

const networks: [string, (n: number) => string, number, string, string][] = [
  ['an IPv4 address', () => '192.0.2.1', 30, '192.0.2.1', '192.0.2.2'],
  ['an IPv6 /64', (n) => `2001:db8::${n.toString(16)}`, 30, '2001:db8::ffff', '2001:db8:0:1::1'],
  ['an IPv4 /24', (n) => `192.0.2.${n % 250}`, 150, '192.0.2.251', '192.0.3.1'],
  [
    'an IPv6 /48',
    (n) => `2001:db8:0:${n.toString(16)}::1`,
    150,
    '2001:db8:0:ffff::',
    '2001:db8:1::1',
  ],
]
for (const [name, address, most, inside, outside] of networks)
  it(`${name} that guesses at many accounts is heard no more, and its neighbours are`, async () => {
    const { attempt } = watched()
    let heard = 0
    for (let n = 0; n < 1000; n++)
      if ((await attempt(`name${n}@example.com`, address(n), 'wrong')) === 'in') heard++
    assert.equal(heard, most)
    assert.equal(await attempt('new@example.com', inside, 'proved'), 'out')
    assert.equal(await attempt('new@example.com', outside, 'proved'), 'in')
  })

it('right logins, however many at once behind one address, shut nobody out', async () => {
  const { guard, attempt, lines } = watched()
  const office = Array.from({ length: 500 }, (_, n) => `name${n}@example.com`)
  const at = '192.0.2.1'
  const all = await Promise.all(office.map((account) => guard.admit(account, at)))
  for (const admitted of all) admitted.proved()
  for (let n = 0; n < 100; n++) assert.equal(await attempt(tito, '192.0.2.7', 'undone'), 'in')
  assert.equal(await attempt(tito, '192.0.2.2', 'proved'), 'in')
  assert.deepEqual(lines, [])
})

it('guesses at one account that come all at once are no more than those one by one', async () => {
  const { guard } = watched()
  const tries = Array.from({ length: 200 }, (_, n) => guard.admit(tito, `10.0.${n}.1`))
  const outcomes = await Promise.allSettled(tries)
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 15)
})

it('0 is unlimited', async () => {
  const { attempt } = watched({ perAccount: 0, perNetwork: 0, perDistrict: 0 })
  for (let n = 0; n < 500; n++) assert.equal(await attempt(tito, '192.0.2.1', 'wrong'), 'in')
})

it('10,000 guesses from 1,000 addresses cost at most 30 hashes an hour, and look like one', async (t) => {
  let now = 1_000_000_000
  const guard = testGuard({ trusted: new Networks([]), now: () => now })
  const { accounts, passwords, close } = await openDirectory(t, { guard, now: () => now })
  t.after(close)
  await accounts.addDomain('example.com')
  await accounts.addAccount('tito', 'amplop')
  const hashes = { tito: 0, nobody: 0 }
  let name: keyof typeof hashes = 'tito'
  passwords.verify = async () => {
    hashes[name]++
    return false
  }
  const outcomes: string[] = []
  for (name of ['tito', 'nobody'] as const)
    for (let n = 0; n < 5_000; n++) {
      const address = `127.${n % 10}.${Math.floor(n / 10) % 100}.1`
      const where = { protocol: 'test', address, session: 's' }
      const said = await accounts
        .authenticator(where)
        .password(name, `guess ${n}`)
        .catch((error: Refused) => error.code)
      outcomes[n] ??= String(said)
      assert.equal(String(said), outcomes[n], `try ${n} at ${name}`)
      now += 600
    }
  assert.ok(hashes.tito <= 30, `${hashes.tito} hashes in 50 minutes`)
  assert.equal(hashes.nobody, hashes.tito)
})
