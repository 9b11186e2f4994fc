// Logins that cannot be told right or wrong, and those that would be overheard.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import type { Where } from '../../accounts/logins.ts'
import { Refused } from '../../base/refused.ts'
import type { Connection } from '../../wire/connection.ts'
import { capabilities } from './capabilities.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })
after(() => server.close())

it('T002-08 where a password could be overheard, LOGINDISABLED is all there is', () => {
  const from = (address: string, tls: string) => {
    const channel = { address, tls, certified: [], channelBinding: () => undefined }
    return capabilities('stranger', channel as unknown as Connection, server.ports).split(' ')
  }
  const passwords = ['AUTH=PLAIN', 'AUTH=LOGIN']
  assert.deepEqual(from('192.0.2.1', '').slice(-2), ['STARTTLS', 'LOGINDISABLED'])
  assert.deepEqual(from('192.0.2.1', 'TLSv1.3').slice(-2), passwords)
  assert.deepEqual(from('127.0.0.1', '').slice(-3), ['STARTTLS', ...passwords])
})

it('RFC 5530 §3: what cannot be checked now is told so, right or not, and counts', async (t) => {
  const { ports } = server
  const { authenticator } = ports
  const password = async () => {
    throw new Refused('rate-limited', 'guesses')
  }
  t.mock.method(ports, 'authenticator', (where: Where) => ({ ...authenticator(where), password }))
  const player = await server.client()
  const later = 'NO [UNAVAILABLE] Temporary authentication failure'
  assert.equal(await player.ask('a LOGIN tito amplop'), `a ${later}`)
  assert.equal(await player.ask(`b AUTHENTICATE PLAIN ${btoa('\0tito\0amplop')}`), `b ${later}`)
  assert.equal(await player.ask('c LOGIN tito amplop'), '* BYE Too many failed logins')
  assert.equal(await player.line(), '<closed>')
})
