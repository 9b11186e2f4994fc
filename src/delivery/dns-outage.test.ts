// The DNS is gone for an hour: nothing comes back to its sender, and when it answers again all that
// waits goes within two minutes. The clock is the test's own.
import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { Networks } from '../base/networks.ts'
import type { Hop, HopResult, Hops } from '../queue/hop.ts'
import { MxCourier } from '../queue/mx-courier.ts'
import type { Outgoing } from '../queue/transport.ts'
import { all, reading, sql } from '../store/sql.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { StsPolicies } from '../trust/mta-sts.ts'
import { accountId, addressIn, bytesIn, envelopeFor, openHouse } from './testing/house.ts'

const minute = 60_000
const domains = Array.from({ length: 12 }, (_, n) => `d${n}.example`)
const zone = domains.map((domain, n) => `${domain} MX 5 mx.${domain}\nmx.${domain} A 192.0.2.${n}`)
const queued = reading('test.queued', function* () {
  return yield* all<{ due: number; owner: string; last: string }>(
    sql`select due, owner, last from queued`,
  )
})

class Taking implements Hops {
  readonly taken: string[] = []

  async send(hop: Hop, { to }: Outgoing): Promise<HopResult> {
    this.taken.push(hop.name)
    const recipients = to.map((address) => ({ address, code: 250, status: '2.0.0', text: 'OK' }))
    const rest = { failure: '', tls: '', doubtful: false, passedOn: false }
    return { hop: `${hop.address}:25`, recipients, stage: 'message', ...rest }
  }

  async close(): Promise<void> {}
}

everyEngine('an hour without DNS returns no mail and costs no more than an hour', async (t, e) => {
  const clock = { at: Date.UTC(2026, 5, 1), read: 0 }
  const now = () => {
    clock.read++
    return clock.at
  }
  const dns = new ZoneDns(zone.join('\n'))
  const hops = new Taking()
  const courier = new MxCourier({
    ...{ dns, hops, now, isOurs: () => false, allowed: () => new Networks([]) },
    sts: new StsPolicies({ dns, fetch: () => Promise.reject(new Error('no web')), now }),
  })
  const it = await openHouse(t, { engine: e, courier, now })
  t.after(() => it.close())
  /** Some ticks of the queue at this time, with nothing under way at their end. */
  const ticks = async () => {
    for (clock.read = 0; clock.read < 10 || it.queue!.load.attempts > 0; ) await turn()
  }
  dns.fail('*', '*', 'timed out')
  const text = Buffer.from('Subject: a\r\n\r\nb\r\n')
  for (let n = 0; n < 2 * domains.length; n++) {
    const envelope = await envelopeFor(it, [`ana@${domains[n % domains.length]}`])
    const intake = it.delivery.accept({ ...envelope, from: addressIn('tito@example.com') })
    await intake.write(text)
    await intake.finish()
  }
  for (let passed = 0; passed < 60; passed += 10) {
    await ticks()
    clock.at += 10 * minute
  }
  // Every attempt has ended, and its end is written, before the DNS comes back.
  let rows = await it.engine.run(queued, undefined)
  while (rows.some(({ owner, due }) => owner !== '' || due <= clock.at)) {
    await ticks()
    rows = await it.engine.run(queued, undefined)
  }
  assert.equal(rows.length, 2 * domains.length)
  assert.match(rows[0]!.last, /the MX records of d\d+\.example: timed out/)
  assert.deepEqual(hops.taken, [])
  dns.heal()
  for (let n = 0; n < 3; n++) {
    clock.at += minute / 2
    await ticks()
  }
  // From here on no time passes: what is not due by now is never.
  while (hops.taken.length < 2 * domains.length) await turn()
  while ((await it.engine.run(queued, undefined)).length > 0) await turn()
  assert.deepEqual(await bytesIn(it, await accountId(it, 'tito@example.com')), [])
})
