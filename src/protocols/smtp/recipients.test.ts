// Who is taken as a recipient, told at RCPT: mail is never accepted first and returned afterwards.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Networks } from '../../base/networks.ts'
import { accountId } from '../../delivery/testing/house.ts'
import { openSmtp } from './testing/server.ts'

const server = await openSmtp({ after }, { trusted: new Networks([]), errorsMax: 1000 })
after(() => server.close())
const { accounts, mailboxes } = server.house

await accounts.addAccount('off@example.com', 'amplop')
await accounts.disable('off@example.com')
await accounts.addAccount('full@example.com', 'amplop', { quotaMessages: 1 })
await accounts.addAlias('both@example.com', ['tito@example.com', 'full@example.com'])
await accounts.addAlias('team@example.com', ['tito@example.com', 'iqbal@example.com'])
await fill()
await accounts.addDomain('all.example')
await accounts.addAlias('*@all.example', ['tito@example.com'])
await accounts.addDomain('ñandú.example')
await accounts.addAccount('señor@ñandú.example', 'amplop')

const cases: readonly [string, string, RegExp][] = [
  ['a known user', '<tito@example.com>', /^250 2\.1\.5 /],
  ['in other letters', '<TITO@EXAMPLE.COM>', /^250 2\.1\.5 /],
  ['with a detail', '<tito+lists@example.com>', /^250 2\.1\.5 /],
  ['an unknown user', '<nobody@example.com>', /^550 5\.1\.1 /],
  ['an unknown user with a known detail', '<nobody+tito@example.com>', /^550 5\.1\.1 /],
  ['a disabled account', '<off@example.com>', /^550 5\.2\.1 /],
  ['a full mailbox', '<full@example.com>', /^452 4\.2\.2 /],
  ['a full mailbox with a detail', '<full+x@example.com>', /^452 4\.2\.2 /],
  ['an alias of several', '<team@example.com>', /^250 2\.1\.5 /],
  ['an alias with a full mailbox behind it', '<both@example.com>', /^452 4\.2\.2 /],
  ['anybody where all is caught', '<whoever@all.example>', /^250 2\.1\.5 /],
  ['postmaster without domain', '<postmaster>', /^250 2\.1\.5 /],
  ['Postmaster of the domain', '<Postmaster@example.com>', /^250 2\.1\.5 /],
  ['somebody elsewhere', '<x@far.example>', /^550 5\.7\.1 /],
  ['somebody of a domain below', '<tito@sub.example.com>', /^550 5\.7\.1 /],
  ['a route through us', '<@example.com:x@far.example>', /^550 5\.7\.1 /],
  ['nobody', '<>', /^501 5\.1\.3 /],
]

describe('a recipient that is', () => {
  for (const [sender, from] of [
    ['the null sender', '<>'],
    ['a stranger', '<ann@example.org>'],
  ] as const)
    for (const [name, to, expected] of cases)
      it(`${name}, from ${sender}`, async () => {
        const client = await server.client()
        await client.ask('EHLO me')
        assert.match(await client.ask(`MAIL FROM:${from}`), /^250 /)
        assert.match(await client.ask(`RCPT TO:${to}`), expected)
      })
})

/** One message is all that this mailbox takes. */
async function fill(): Promise<void> {
  const client = await server.client()
  for (const line of ['EHLO me', 'MAIL FROM:<>', 'RCPT TO:<full@example.com>', 'DATA'])
    assert.match(await client.ask(line), /^[23]/, line)
  assert.match(await client.ask('text\r\n.'), /^250 /)
  assert.ok(await mailboxes.isFull(await accountId(server.house, 'full@example.com')))
}

describe('RFC 6531 addresses', () => {
  it('reach their mailbox, however the domain is written', async () => {
    const client = await server.client()
    await client.ask('EHLO me')
    for (const domain of ['ñandú.example', 'xn--and-6ma2c.example', 'ÑANDÚ.example']) {
      assert.match(await client.ask('MAIL FROM:<用户@例え.テスト> SMTPUTF8'), /^250 /)
      assert.match(await client.ask(`RCPT TO:<señor@${domain}>`), /^250 /)
      await client.ask('DATA')
      assert.match(await client.ask(`Subject: ¡olé!\r\n\r\n${domain}\r\n.`), /^250 /)
    }
    const account = await accountId(server.house, 'señor@ñandú.example')
    assert.equal((await mailboxes.usage(account)).messages, 3)
  })

  it('need SMTPUTF8, and say so', async () => {
    const client = await server.client()
    await client.ask('EHLO me')
    assert.match(await client.ask('MAIL FROM:<用户@例え.テスト>'), /^553 5\.6\.7 /)
    assert.match(await client.ask('MAIL FROM:<ann@example.org> SMTPUTF8=yes'), /^501 5\.5\.4 /)
    await client.ask('MAIL FROM:<ann@example.org>')
    assert.match(await client.ask('RCPT TO:<señor@xn--and-6ma2c.example>'), /^553 5\.6\.7 /)
    assert.match(await client.ask('RCPT TO:<tito@example.com>'), /^250 /)
  })
})
