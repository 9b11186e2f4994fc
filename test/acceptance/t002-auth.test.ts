// What source B promises of logins, by SMTP.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { after, it } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'
import { codes } from '../support/smtpd.ts'

const house = await openHouse({ after })
const right = btoa('\0tito\0amplop')
const wrong = btoa('\0tito\0nonsense')
const unknown = btoa('\0nobody\0amplop')

it('T002-08 PLAIN and LOGIN log in, and a wrong password is told as an unknown name is', async () => {
  for (const lines of [
    [`AUTH PLAIN ${right}`],
    ['AUTH PLAIN', right],
    ['AUTH LOGIN', btoa('tito'), btoa('amplop')],
    [`AUTH LOGIN ${btoa('tito@example.com')}`, btoa('amplop')],
  ]) {
    const player = await house.smtp()
    const expected = [250, ...lines.slice(1).map(() => 334), 235]
    assert.deepEqual(await codes(player, ['EHLO client', ...lines]), expected, lines.join())
  }
  const player = await house.smtp()
  await player.ask('EHLO client')
  const said = await player.ask(`AUTH PLAIN ${wrong}`)
  assert.match(said, /^535 5\.7\.8 /)
  assert.equal(await player.ask(`AUTH PLAIN ${unknown}`), said)
})

/** An address of this machine that others can reach it by. */
const outside = Object.values(networkInterfaces())
  .flatMap((list) => list ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
const noOutside = outside === undefined ? 'no address but loopback here' : false

it('T002-08 no password is taken in clear from another machine', { skip: noOutside }, async (t) => {
  const host = outside ?? ''
  const open = await openHouse(t, {
    change: (settings) => ({
      ...settings,
      smtp: { ...settings.smtp, listen: [{ host, port: 0 }] },
    }),
  })
  const player = new Player(connect(open.port('smtp', host), host))
  await player.line()
  const features = await player.ask('EHLO client')
  assert.doesNotMatch(features, /AUTH/)
  assert.match(features, /STARTTLS/)
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'XOAUTH2', 'EXTERNAL'])
    assert.match(await player.ask(`AUTH ${mechanism} ${right}`), /^538 5\.7\.11 /, mechanism)
})
