import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type LogFields, silentLog } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { type RateLimits, Rates } from './rates.ts'
import { neighbour, stranger, unlimited } from './testing/house.ts'
import type { Client } from './types.ts'

const minute = 60_000
const tito: Client = { ...stranger, login: 'tito@example.com' }
const trusted: Client = { ...neighbour, trusted: true }

function limited(limits: Partial<RateLimits>) {
  const clock = { now: 1_000_000 }
  const lines: LogFields[] = []
  const log = {
    ...silentLog,
    warn: (_event: string, fields: LogFields = {}) => {
      lines.push(fields)
    },
  }
  const rates = new Rates({ ...unlimited, ...limits }, { log, now: () => clock.now })
  return { rates, clock, lines }
}

/** How many of `times` were let through. */
function heard(times: number, take: () => void): number {
  let count = 0
  for (let n = 0; n < times; n++) {
    try {
      take()
      count++
    } catch (error) {
      assert.ok(error instanceof Refused && error.code === 'rate-limited')
    }
  }
  return count
}

const five = { perMinute: 5, perHour: 0, perDay: 0 }
const cases: [
  string,
  Partial<RateLimits>,
  Client,
  (rates: Rates, client: Client) => void,
  number,
][] = [
  ['messages of an account', { accountMessages: five }, tito, (r, c) => r.message(c), 5],
  [
    'messages of an account on a trusted network',
    { accountMessages: five },
    { ...tito, trusted: true },
    (r, c) => r.message(c),
    5,
  ],
  ['messages without a login', { accountMessages: five }, stranger, (r, c) => r.message(c), 9],
  ['messages of a network', { networkMessages: five }, stranger, (r, c) => r.message(c), 5],
  [
    'messages of a network by those who log in',
    { networkMessages: five },
    tito,
    (r, c) => r.message(c),
    5,
  ],
  ['messages of a trusted network', { networkMessages: five }, trusted, (r, c) => r.message(c), 9],
  [
    'recipients of an account',
    { accountRecipients: five },
    tito,
    (r, c) => r.recipient(c, ['a']),
    5,
  ],
  [
    'recipients of a network',
    { networkRecipients: five },
    stranger,
    (r, c) => r.recipient(c, []),
    5,
  ],
  [
    'messages to an account',
    { recipientMessages: five },
    stranger,
    (r, c) => r.recipient(c, ['b', 'a']),
    5,
  ],
  [
    'messages to an account after a login',
    { recipientMessages: five },
    tito,
    (r, c) => r.recipient(c, ['a']),
    9,
  ],
  [
    'messages to an account of a trusted client',
    { recipientMessages: five },
    trusted,
    (r, c) => r.recipient(c, ['a']),
    9,
  ],
  [
    'messages of a server in front',
    { networkMessages: five, recipientMessages: five },
    { ...stranger, protocol: 'lmtp' },
    (r, c) => {
      r.message(c)
      r.recipient(c, ['a'])
    },
    9,
  ],
  ['everything unlimited', {}, tito, (r, c) => r.message(c), 9],
]
for (const [name, limits, client, take, expected] of cases)
  it(`${name}: ${expected} of 9, and as many a minute later`, () => {
    const { rates, clock, lines } = limited(limits)
    assert.equal(
      heard(9, () => take(rates, client)),
      expected,
    )
    assert.equal(lines.length, expected === 9 ? 0 : 1, 'told once')
    clock.now += minute - 1
    assert.equal(
      heard(9, () => take(rates, client)),
      expected === 9 ? 9 : 0,
    )
    clock.now += 1
    assert.equal(
      heard(9, () => take(rates, client)),
      expected,
    )
  })

it('minute, hour and day count side by side', () => {
  const { rates, clock } = limited({ accountMessages: { perMinute: 2, perHour: 3, perDay: 4 } })
  const take = () => heard(9, () => rates.message(tito))
  const told: number[] = []
  for (const step of [0, minute, minute, 60 * minute, minute, 24 * 60 * minute]) {
    clock.now += step
    told.push(take())
  }
  assert.deepEqual(told, [2, 1, 0, 1, 0, 2])
})

it('what one limit refuses does not count for another', () => {
  const ten = { ...five, perMinute: 10 }
  const { rates } = limited({ accountMessages: five, networkMessages: ten })
  heard(100, () => rates.message(tito))
  assert.equal(
    heard(9, () => rates.message(stranger)),
    5,
  )
})

it('a neighbour in the same /64 counts as the same, one outside does not', () => {
  const { rates } = limited({ networkMessages: five })
  const from = (address: string) => heard(9, () => rates.message({ ...stranger, address }))
  assert.equal(from('2001:db8::1'), 5)
  assert.equal(from('2001:db8::2'), 0)
  assert.equal(from('2001:db8:0:1::1'), 5)
})
