// Who may send as whom: in the envelope, and in what readers are shown.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  neighbour,
  openHouse,
  send,
  stranger,
} from './testing/house.ts'
import type { Client } from './types.ts'

const tito: Client = { ...stranger, login: 'tito@example.com', protocol: 'submission' }

/** A house where sales@ is tito and iqbal, and everybody else's mail at example.net is tito's. */
async function house(t: TestContext, engine: TestEngine) {
  const it = await openHouse(t, { engine })
  t.after(() => it.close())
  await it.accounts.addDomain('example.net')
  await it.accounts.addAccount('ana@example.net', 'amplop')
  await it.accounts.addAlias('sales@example.com', ['tito', 'iqbal'])
  await it.accounts.addAlias('boss@example.com', ['iqbal'])
  await it.accounts.addAlias('*@example.net', ['tito@example.com'])
  return it
}

const own = [
  'tito@example.com',
  'TITO+x@Example.COM',
  'sales@example.com',
  'sales+news@example.com',
  'postmaster@example.com',
  'tito@mail.example.com',
  'whoever@example.net',
]
const others = [
  'iqbal@example.com',
  'boss@example.com',
  'ana@example.net',
  'x@gmail.com',
  'nobody@example.com',
  'tito@example.org',
  'tito@example.com.',
]

everyEngine('who has logged in has their own addresses in the envelope', async (t, engine) => {
  const it = await house(t, engine)
  const is = async (from: string, client: Client) =>
    (await it.delivery.sender(client, from === '' ? null : addressIn(from))).is
  for (const protocol of ['submission', 'smtp'] as const) {
    const client: Client = { ...tito, protocol }
    for (const from of [...own, '']) assert.equal(await is(from, client), 'accepted', from)
    for (const from of others) assert.equal(await is(from, client), 'sender-denied', from)
  }
  for (const from of others) {
    assert.equal(await is(from, stranger), 'accepted', from)
    assert.equal(await is(from, { ...neighbour, login: '' }), 'accepted', from)
  }
})

everyEngine('who has logged in has their own addresses in From and Sender', async (t, engine) => {
  const it = await house(t, engine)
  const taken = [
    ...own.map((address) => `From: Tito <${address}>`),
    'From: "boss@example.com" <tito@example.com>',
    'From: tito@example.com, sales@example.com\r\nSender: tito@example.com',
    'From: Sales: tito@example.com, sales@example.com;',
    'Subject: without From',
    'Reply-To: iqbal@example.com\r\nFrom: tito@example.com',
  ]
  const refused = [
    ...others.map((address) => `From: Tito <${address}>`),
    'From: tito@example.com, iqbal@example.com',
    'From: tito@example.com\r\nFrom: iqbal@example.com',
    'from : iqbal@example.com',
    'From: tito@example.com\r\nSender: iqbal@example.com',
    'From: tito@example.com <iqbal@example.com>',
    'From: "tito@example.com" <iqbal@example.com>',
    'From: Sales: tito@example.com, iqbal@example.com;',
    'From:',
    'From: nobody:;',
    'From: <>',
    `From: ${'tito@example.com, '.repeat(101)}iqbal@example.com`,
    'X: y\r\n\tz\r\nFrom:\r\n iqbal@example.com',
  ]
  for (const header of taken) await send(it, ['iqbal'], `${header}\r\n\r\nhello`, tito)
  for (const header of refused)
    await assert.rejects(
      send(it, ['iqbal'], `${header}\r\n\r\nhello`, tito),
      (error) => error instanceof Refused && error.code === 'sender-denied',
      header,
    )
  assert.equal((await bytesIn(it, await accountId(it, 'iqbal'))).length, taken.length)
  // Others are judged by what their mail proves, not by this.
  await send(it, ['iqbal'], 'From: iqbal@example.com\r\n\r\nhello', stranger)
})
