// What a sender asked for goes with the message: to the trace field, and to what is owed.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { Networks } from '../../base/networks.ts'
import { accountId, bytesIn } from '../../delivery/testing/house.ts'
import { listOwed } from '../../queue/owe.ts'
import type { Player } from '../../wire/testing/transcript.ts'
import type { Offer } from './parameters.ts'
import { openSmtp } from './testing/server.ts'

const offers = new Set<Offer>(['DSN', 'MT-PRIORITY', 'DELIVERBY'])
const server = await openSmtp({ after }, { offers }, { foreign: 'sink' })
after(() => server.close())

async function sent(client: Player, ...envelope: readonly string[]): Promise<void> {
  for (const line of envelope) assert.match(await client.ask(line), /^250 /, line)
  assert.match(await client.ask('DATA'), /^354 /)
  assert.match(await client.ask('Subject: x\r\n\r\n.'), /^250 /)
}

it('what is owed to others keeps all of it, each recipient its own', async () => {
  const client = await server.client()
  await client.ask('EHLO me')
  const before = Date.now()
  await sent(
    client,
    'MAIL FROM:<tito@example.com> RET=HDRS ENVID=a+2Bb MT-PRIORITY=4 BY=60;RT BODY=8BITMIME',
    'RCPT TO:<a@far.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;b@far.example',
    'RCPT TO:<c@far.example> NOTIFY=NEVER',
    'RCPT TO:<d@far.example>',
  )
  const owed = await server.house.engine.run(listOwed, 10)
  const asked = owed.map((row) => [row.recipient, JSON.parse(row.asked)])
  const { deliverBy } = asked[0]?.[1] ?? {}
  assert.ok(deliverBy.at >= before + 60_000 && deliverBy.at <= Date.now() + 60_000)
  const all = {
    returned: 'headers',
    envelopeId: 'a+2Bb',
    priority: 4,
    deliverBy: { at: deliverBy.at, late: 'return', trace: true },
    body: '8bitmime',
  }
  assert.deepEqual(asked, [
    [
      'a@far.example',
      { ...all, notify: ['success', 'delay'], originalRecipient: 'rfc822;b@far.example' },
    ],
    ['c@far.example', { ...all, notify: [] }],
    ['d@far.example', all],
  ])
})

it('the trace field names the priority; a stranger gets none above others', async () => {
  const strict = await openSmtp({ after }, { offers, trusted: new Networks([]) })
  after(() => strict.close())
  const account = await accountId(strict.house, 'iqbal@example.com')
  const client = await strict.client()
  await client.ask('EHLO me')
  for (const [asked, said, kept] of [
    [' MT-PRIORITY=7', /^250 2\.3\.6 0 /, '0'],
    [' MT-PRIORITY=-3', /^250 2\.1\.0 /, '-3'],
    ['', /^250 2\.1\.0 /, undefined],
  ] as const) {
    assert.match(await client.ask(`MAIL FROM:<ann@example.org>${asked}`), said)
    await sent(client, 'RCPT TO:<iqbal@example.com>')
    const { prefix } = (await bytesIn(strict.house, account)).at(-1)!
    assert.equal(/\spriority\s+(-?\d);/.exec(prefix)?.[1], kept)
  }
})
