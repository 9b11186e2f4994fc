// What leaves is signed and aligned, so that a strict receiver has it in its inbox, and says why
// where it has not; what is refused returns to its sender.
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { openInternet, type Unpublished } from '../../src/app/try-internet/internet.ts'
import { openHouse } from '../support/house.ts'

const letter = 'From: tito@example.com\r\nSubject: Halo\r\n\r\nHalo'

async function openWorld(t: TestContext, without: readonly Unpublished[] = []) {
  const given = { serverName: 'mail.example.com', domains: ['example.com'], without }
  const internet = await openInternet(given)
  t.after(() => internet.close())
  const { dns, courier, has } = internet
  const house = await openHouse(t, { outside: { dns, courier, leads: has } })
  const rooms = house.started.rooms ?? assert.fail('a house with rooms')
  await internet.publish(rooms.keys)
  /** What bigmail.test makes of tito's letter. */
  const sorted = async () => {
    await house.send(['friend@bigmail.test'], letter, 'tito@example.com')
    while (internet.bigmail.length === 0) await turn()
    return internet.bigmail[0] ?? assert.fail('a letter')
  }
  return { house, sorted }
}

test('T002-10 a letter to a strict receiver is signed and arrives in its inbox', async (t) => {
  const { folder, why, text } = await (await openWorld(t)).sorted()
  assert.deepEqual(
    [folder, why],
    ['inbox', 'SPF, DKIM and DMARC prove that it is from example.com'],
  )
  assert.match(text, /^DKIM-Signature: v=1; a=ed25519-sha256; .*d=example\.com;/)
})

for (const [record, why] of [
  ['dkim', /its DKIM signature proves nothing/],
  ['spf', /no SPF record of example\.com allows its host/],
] as const)
  test(`T002-10 without its ${record} record it lands in spam, and why is said`, async (t) => {
    const sorted = await (await openWorld(t, [record])).sorted()
    assert.equal(sorted.folder, 'spam')
    assert.match(sorted.why, why)
  })

test('T002-10 a refusal, and a domain that is not there, return to the sender', async (t) => {
  const { house } = await openWorld(t)
  await house.send(['x@refuse.test', 'x@nobody.test'], letter, 'tito@example.com')
  const inbox = async () => (await house.inbox('tito')).join('\n')
  while ((await house.inbox('tito')).length < 2) await turn()
  assert.match(await inbox(), /There is no x@refuse\.test here/)
  assert.match(await inbox(), /There is no domain nobody\.test/)
})

test('T002-10 a newsletter comes to Inbox, spam to Junk, each with its reasons', async (t) => {
  const given = { serverName: 'mail.example.com', domains: ['example.com'] }
  const internet = await openInternet(given)
  t.after(() => internet.close())
  const { dns, courier, has } = internet
  const house = await openHouse(t, {
    outside: { dns, courier, leads: has },
    change: (settings) => ({ ...settings, trust: { ...settings.trust, enabled: true } }),
  })
  const { traces } = house.started.rooms ?? assert.fail('a house with rooms')
  internet.answerTo(house.port('smtp'))
  const to = ['hello@newsletter.test', 'hello@spammer.test']
  assert.match(await house.send(to, letter, 'tito@example.com'), /^250/)
  const sorted = async () =>
    (await traces.list({ limit: 10 })).filter(({ client }) => client.address.startsWith('198.51.'))
  while ((await sorted()).length < 3) await turn()
  const all = new Map((await sorted()).map((trace) => [trace.from, trace]))
  const why = (from: string) => all.get(from)?.steps.find(({ step }) => step === 'sorted')?.said
  assert.match(why('security@bigmail.test') ?? '', /Junk.*from bigmail\.test/s)
  assert.match(why('prize@spammer.test') ?? '', /Junk.*nothing proves that it comes from spammer/s)
  assert.equal(all.get('bounce@newsletter.test')?.origin?.dmarc.result, 'pass')
  assert.match((await house.inbox('tito')).join('\n'), /List-Unsubscribe: <mailto:leave@newsletter/)
  assert.equal((await house.inbox('tito')).length, 1)
})
