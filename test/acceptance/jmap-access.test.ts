// Where IMAP says that JMAP is, there it is, for the same login: RFC 9698 §3.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Player } from '../../src/wire/testing/transcript.ts'
import { openHouse } from '../support/house.ts'
import { freePorts } from '../support/places.ts'

test('the address that IMAP tells has the session of JMAP', async (t) => {
  const [port = 0] = await freePorts(1)
  const tls_listen = [{ host: '127.0.0.1', port }]
  const house = await openHouse(t, { change: (s) => ({ ...s, http: { ...s.http, tls_listen } }) })
  const client = new Player(connect(house.port('imap'), '127.0.0.1'))
  await client.line()
  await client.write('a LOGIN tito amplop\r\nb GETJMAPACCESS\r\n')
  assert.match(await client.line(), / JMAPACCESS[ \]]/)
  const [, told = ''] = /^\* JMAPACCESS "(.*)"$/.exec(await client.line()) ?? []
  client.end()
  const url = new URL(told)
  const { host } = url
  url.hostname = '127.0.0.1'
  const asked = request(url, {
    ...{ auth: 'tito@example.com:amplop', rejectUnauthorized: false, agent: false },
    headers: { host },
  })
  asked.end()
  const [answer] = await once(asked, 'response')
  assert.equal(answer.statusCode, 200)
  const session = JSON.parse(Buffer.concat(await answer.toArray()).toString()) as object
  assert.equal((session as { username: string }).username, 'tito@example.com')
})
