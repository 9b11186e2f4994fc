// Who read mail, and from where: sessions of POP3 and IMAP in counters and access log.
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { readAccess } from '../../src/app/access-reader.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const folder = newFolder({ after })
const house = await openHouse({ after }, { folder })

const dialogues = [
  {
    protocol: 'pop3',
    lines: ['USER nobody', 'PASS wrong', 'USER tito', 'PASS amplop', 'QUIT'],
    reason: 'auth',
  },
  {
    protocol: 'imap',
    lines: ['a LOGIN nobody wrong', 'b LOGIN tito amplop', 'c LOGOUT'],
    reason: 'no-authenticationfailed',
  },
]

for (const { protocol, lines, reason } of dialogues) {
  it(`a session of ${protocol} leaves a line: account, address, refusals`, async () => {
    const client = new Player(connect(house.port(protocol), '127.0.0.1'))
    await client.line()
    for (const line of lines) {
      await client.write(`${line}\r\n`)
      await client.line()
    }
    await client.rest()
    for (;;) {
      const found = await Array.fromAsync(readAccess(join(folder, 'access.log'), {}))
      const line = found.map(({ line }) => line).find((one) => one.protocol === protocol)
      if (line?.kind === 'session') {
        assert.deepEqual(
          [line.account, line.ip, line.end],
          ['tito@example.com', '127.0.0.1', 'quit'],
        )
        assert.equal(line.refusals, 1)
        break
      }
      await new Promise(setImmediate)
    }
    const tally = house.started.listeners.find(({ name }) => name === protocol)?.tally
    assert.equal(tally?.refusals.get(reason), 1)
    assert.equal(tally?.commandMs.read().count, lines.length)
  })
}
