// What happens at the limits of an account: RFC 9208 §4.3.1.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })

/** The answer to a command, the last line of it. */
async function last(client: Player, command: string): Promise<string> {
  await client.write(`t ${command}\r\n`)
  let line = await client.line()
  while (!/^(?:t |<)/.test(line)) line = await client.line()
  return line
}

async function told(client: Player, command: string): Promise<string> {
  await client.write(`t ${command}\r\n`)
  const line = await client.line()
  assert.match(await client.line(), /^t OK/)
  return line
}

it('says OVERQUOTA to whatever does not fit, the owner’s quota counting', async () => {
  await server.renew()
  const quota = { quotaMessages: 2, quotaBytes: 4096 }
  await server.house.mailboxes.setQuota(server.accountOf('tito'), quota)
  const [tito, iqbal] = [await server.client(), await server.client()]
  await last(tito, 'LOGIN tito amplop')
  await last(iqbal, 'LOGIN iqbal amplop')
  await last(tito, 'SETACL INBOX iqbal lri')
  assert.match(await last(tito, 'APPEND INBOX {3+}\r\nabc'), /^t OK/)
  const full = /^t NO \[OVERQUOTA\]/
  assert.match(await last(tito, `APPEND INBOX {4094+}\r\n${'x'.repeat(4094)}`), full)
  assert.match(await last(tito, 'APPEND INBOX {3+}\r\nabc {3+}\r\ndef'), full)
  assert.match(await last(tito, 'APPEND INBOX {1500+}\r\n'.concat('x'.repeat(1500))), /^t OK/)
  await last(tito, 'SELECT INBOX')
  assert.match(await last(tito, 'COPY 1 Sent'), full)
  assert.match(await last(tito, 'MOVE 1 Sent'), /^t OK/)
  const shared = 'Shared/tito@example.com/INBOX'
  await last(iqbal, 'APPEND INBOX {3+}\r\nabc')
  await last(iqbal, 'SELECT INBOX')
  assert.match(await last(iqbal, `APPEND ${shared} {3+}\r\nabc`), full)
  assert.match(await last(iqbal, `COPY 1 ${shared}`), full)
  assert.match(await last(iqbal, `MOVE 1 ${shared}`), full)
  const quotas = '(STORAGE 2 4 MESSAGE 2 2 MAILBOX 6 10000)'
  assert.equal(await told(tito, 'GETQUOTA ""'), `* QUOTA "" ${quotas}`)
  assert.equal(await told(iqbal, 'GETQUOTA ""'), '* QUOTA "" (MAILBOX 6 10000)')
  assert.equal(
    await told(iqbal, 'GETQUOTA Shared/tito@example.com'),
    `* QUOTA Shared/tito@example.com ${quotas}`,
  )
  assert.match(await last(iqbal, 'FETCH 1 UID'), /^t OK/)
  tito.end()
  iqbal.end()
})
