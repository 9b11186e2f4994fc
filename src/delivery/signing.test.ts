// What leaves is signed once, by who it is from; what is forwarded is sealed; nobody else is.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Refused } from '../base/refused.ts'
import { ScriptedCourier } from '../queue/testing/scripted-courier.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { KeyBook } from '../trust/dkim/key-book.ts'
import { Keys } from '../trust/dkim/keys.ts'
import { SealedText } from '../trust/dkim/sealed-text.ts'
import { verifyDkim } from '../trust/dkim/verify.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { addressIn, envelopeFor, neighbour, openHouse, stranger } from './testing/house.ts'
import type { Client } from './types.ts'

const letter = 'From: Tito <tito@example.com>\r\nSubject: a\r\n\r\nhello  \r\n\r\n'

async function house(t: TestContext, engine: TestEngine) {
  const dns = new ZoneDns()
  const courier = new ScriptedCourier()
  const it = await openHouse(t, { engine, dns, courier })
  t.after(() => it.close())
  const keys = new KeyBook({ engine: it.engine, dns, now: Date.now })
  /** The text as the next server gets it. */
  const sent = async (text: string, client: Client = neighbour) => {
    const at = courier.handed.length
    const envelope = await envelopeFor(it, ['ana@example.net'], neighbour)
    const from = addressIn('tito@example.com')
    const intake = it.delivery.accept({ ...envelope, client, from })
    await intake.write(Buffer.from(text))
    await intake.finish()
    while (courier.handed.length <= at) await turn()
    return Buffer.from(courier.handed[at]!.text)
  }
  return { it, dns, keys, sent }
}

async function verified(bytes: Buffer, dns: ZoneDns) {
  const text = new SealedText(bytes, async function* () {
    yield bytes
  })
  const results = await verifyDkim(text, new Keys(dns), Date.now())
  return results.map(({ result, algorithm, domain }) => `${algorithm} ${domain} ${result}`)
}

everyEngine('keys sign once the world can find them, both kinds', async (t, engine) => {
  const { dns, keys, sent } = await house(t, engine)
  assert.deepEqual(await verified(await sent(letter), dns), [])
  const made = await keys.rotate('example.com')
  assert.deepEqual(
    made.map(({ state, published }) => `${state} ${published}`),
    ['waiting no', 'waiting no'],
  )
  await assert.rejects(
    keys.use('example.com'),
    (error: unknown) => error instanceof Refused && error.code === 'bad-value',
  )
  for (const { name, record } of made) dns.put({ name, type: 'TXT', data: record })
  const used = await keys.use('example.com')
  assert.deepEqual(
    used.map(({ state, published }) => `${state} ${published}`),
    ['active yes', 'active yes'],
  )
})

everyEngine('a signed message passes, also from a subdomain', async (t, engine) => {
  const { dns, keys, sent } = await house(t, engine)
  await keys.rotate('example.com')
  for (const { name, record } of await keys.use('example.com', true))
    dns.put({ name, type: 'TXT', data: record })
  const both = ['ed25519-sha256 example.com pass', 'rsa-sha256 example.com pass']
  const own = await sent(letter)
  assert.deepEqual((await verified(own, dns)).toSorted(), both)
  const below = await sent(letter.replace('@example.com', '@mail.example.com'))
  assert.deepEqual((await verified(below, dns)).toSorted(), both)
  // A second Subject put above the signed one is found out.
  const forged = own.toString('latin1').replace(/\r\nSubject:/, '\r\nSubject: b\r\nSubject:')
  assert.ok((await verified(Buffer.from(forged, 'latin1'), dns)).every((one) => /fail/.test(one)))
})

everyEngine('nobody else gets a signature in our name', async (t, engine) => {
  const { dns, keys, sent } = await house(t, engine)
  await keys.rotate('example.com')
  await keys.use('example.com', true)
  assert.deepEqual(await verified(await sent(letter, stranger), dns), [])
  const other = letter.replace('example.com', 'example.net')
  assert.deepEqual(await verified(await sent(other), dns), [])
  const two = `From: <ana@example.net>\r\n${letter}`
  assert.deepEqual(await verified(await sent(two), dns), [])
})

everyEngine('a new pair takes the place of the old one, which is forgotten', async (t, engine) => {
  const { it, dns } = await house(t, engine)
  const clock = { at: Date.UTC(2026, 0, 1) }
  const keys = new KeyBook({ engine: it.engine, dns, now: () => clock.at })
  await keys.rotate('example.com')
  await keys.use('example.com', true)
  const first = await keys.keysFor('example.com')
  clock.at += 1_000
  for (const { name, record } of await keys.rotate('example.com'))
    dns.put({ name, type: 'TXT', data: record })
  assert.deepEqual(
    (await keys.keysFor('example.com')).map(({ selector }) => selector),
    first.map(({ selector }) => selector),
  )
  // It has begun to look by itself.
  const selector = async () => (await keys.keysFor('example.com'))[0]?.selector
  while ((await selector()) === first[0]?.selector) await turn()
  const now = await keys.keysFor('example.com')
  assert.deepEqual(now.map(({ selector }) => selector).toSorted(), ['20260101ae', '20260101ar'])
  assert.equal((await keys.show('example.com')).filter((one) => one.state === 'retired').length, 2)
})
