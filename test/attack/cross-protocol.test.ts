// Other protocols on a port of SMTP: a browser made to post mail must not get a word of it heard.
import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { openSmtp } from '../../src/protocols/smtp/testing/server.ts'

const server = await openSmtp({ after })
after(() => server.close())

const body =
  'EHLO me\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\nDATA\r\nforged\r\n.\r\n'

for (const line of ['GET / HTTP/1.1', 'POST /x HTTP/1.1', 'CONNECT mx:25 HTTP/1.1', 'put / HTTP/2'])
  it(`"${line}" ends the session, and nothing behind it is heard`, async () => {
    const client = await server.client()
    await client.write(`${line}\r\nHost: mx.example.com\r\n\r\n${body}`)
    assert.match(await client.line(), /^421 4\.7\.0 /)
    assert.equal(await client.line(), '<closed>')
    assert.deepEqual(await server.inbox('tito'), [])
  })
