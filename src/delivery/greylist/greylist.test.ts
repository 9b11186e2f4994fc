// Who has to come again, and who has not.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { silentLog } from '../../base/log.ts'
import type { Engine } from '../../store/engine.ts'
import { everyEngine } from '../../store/testing/engines.ts'
import type { TestEngine } from '../../store/testing/places.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { learnSent } from '../spam/spam-jobs.ts'
import { accountId, addressIn, openHouse, stranger } from '../testing/house.ts'
import type { Client } from '../types.ts'
import { Greylist } from './greylist.ts'

const zone = 'pool.example TXT "v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.0/24 -all"'
const minute = 60_000
const day = 86_400_000

async function open(t: TestContext, kind: TestEngine) {
  const it = await openHouse(t, { engine: kind })
  t.after(() => it.close())
  const clock = { at: 1_800_000_000_000 }
  const broken = { is: false }
  const engine: Engine = {
    run: (job, args) =>
      broken.is ? Promise.reject(new Error('no disk')) : it.engine.run(job, args),
    close: async () => {},
  }
  const settings = { enabled: true, delayMs: 5 * minute, windowMs: 2 * day, keepMs: 35 * day }
  const greylist = new Greylist({
    ...{ engine, dns: new ZoneDns(zone), serverName: 'mail.example.com', log: silentLog },
    accountsOf: async ({ local }) => [await accountId(it, `${local}@example.com`)],
    ...{ settings: () => settings, now: () => clock.at },
  })
  t.after(() => greylist.close())
  let session = 0
  /** What a client hears at RCPT: "" or the code. */
  const come = async (from: string, to = 'tito', change: Partial<Client> = {}) => {
    const client = { ...stranger, session: `s${session++}`, ...change }
    const sender = from === '' ? null : addressIn(from)
    const said: string[] = []
    for (const event of [
      { at: 'mail', client, id: 'm', from: sender } as const,
      { at: 'rcpt', client, id: 'm', to: addressIn(`${to}@example.com`) } as const,
      { at: 'end', session: client.session } as const,
    ]) {
      const objection = await greylist.hear(event)
      if (objection) said.push(`${objection.reply?.code} ${objection.reply?.text}`)
    }
    return said.join()
  }
  return { it, clock, greylist, come, settings, broken }
}

everyEngine(
  'a stranger is let in who comes again after a while, and then at once',
  async (t, e) => {
    const { come, clock } = await open(t, e)
    const first = await come('ana@one.example')
    assert.equal(first, '451 Greylisted: strangers are asked to come again, in 300 seconds')
    clock.at += 2 * minute
    assert.match(await come('ana@one.example'), /in 180 seconds/)
    // Another recipient, sender or network is another stranger; a neighbour is not.
    assert.match(await come('ana@one.example', 'iqbal'), /in 300/)
    assert.match(await come('eva@one.example'), /in 300/)
    assert.match(await come('', 'tito'), /in 300/)
    clock.at += 3 * minute
    assert.match(await come('ana@one.example', 'tito', { address: '198.51.100.9' }), /in 300/)
    assert.equal(await come('Ana@One.example', 'tito', { address: '192.0.2.200' }), '')
    clock.at += 30 * day
    assert.equal(await come('ana@one.example'), '')
    clock.at += 36 * day
    assert.match(await come('ana@one.example'), /in 300/)
    clock.at += 3 * day
    assert.match(await come('ana@one.example'), /in 300/, 'too late to be the same')
  },
)

everyEngine('who is no stranger never waits', async (t, e) => {
  const { it, come, clock, settings, broken } = await open(t, e)
  const account = await accountId(it, 'tito@example.com')
  const sent = { account, messageId: '1@example.com', recipients: ['friend@far.example'] }
  await it.engine.run(learnSent, { ...sent, at: clock.at })
  assert.equal(await come('Friend@far.example'), '')
  assert.match(await come('friend@far.example', 'iqbal'), /^451/)
  for (const change of [{ trusted: true }, { login: 'tito@example.com' }, { protocol: 'lmtp' }])
    assert.equal(await come('eva@one.example', 'tito', change as Partial<Client>), '')
  // A pool whose domain vouches for it comes again from another network.
  assert.match(await come('x@pool.example', 'tito', { address: '198.51.100.7' }), /^451/)
  clock.at += 6 * minute
  assert.equal(await come('x@pool.example', 'tito', { address: '203.0.113.7' }), '')
  assert.match(await come('x@pool.example', 'tito', { address: '192.0.2.77' }), /^451/)
  broken.is = true
  assert.equal(await come('eva@other.example'), '', 'what cannot be kept stops no mail')
  broken.is = false
  settings.enabled = false
  assert.equal(await come('eva@other.example'), '')
})

everyEngine('a network whose mail came again is known, and all are forgotten', async (t, e) => {
  const { come, clock, greylist } = await open(t, e)
  for (let n = 0; n < 5; n++) assert.match(await come(`a${n}@one.example`), /^451/)
  clock.at += 6 * minute
  for (let n = 0; n < 5; n++) assert.equal(await come(`a${n}@one.example`), '')
  assert.equal(await come('new@two.example', 'iqbal'), '')
  clock.at += 40 * day
  await greylist.forget()
  assert.match(await come('new@two.example', 'iqbal'), /in 300/)
})
