// JMAPACCESS, RFC 9698: where JMAP is to be had, and no word of it where it is not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openImap } from './testing/server.ts'

for (const jmapUrl of ['https://mail.example.com/.well-known/jmap', ''])
  test(`the address of JMAP is told where there is one: "${jmapUrl}"`, async (t) => {
    const server = await openImap(t, { jmapUrl })
    const client = await server.client()
    await client.write('a LOGIN tito amplop\r\nb GETJMAPACCESS\r\n')
    const login = await client.line()
    assert.equal(/ JMAPACCESS[\] ]/.test(login), jmapUrl !== '')
    if (jmapUrl !== '') {
      assert.equal(await client.line(), `* JMAPACCESS "${jmapUrl}"`)
      assert.equal(await client.line(), 'b OK Address told')
    } else assert.equal(await client.line(), 'b BAD Unknown command')
    client.end()
    await server.close()
  })
