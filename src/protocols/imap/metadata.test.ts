import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { openImap } from './testing/server.ts'

const server = await openImap({ after })

it('refuses a value beyond the limit, and then keeps none of the others', async () => {
  await server.renew()
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\n')
  assert.match(await client.line(), /^a OK/)
  const head = 'b SETMETADATA Junk (/private/comment "a" /private/large'
  await client.write(`${head} {65537+}\r\n${'x'.repeat(65_537)})\r\n`)
  assert.equal(await client.line(), 'b NO [METADATA MAXSIZE 65536] A value is too large')
  await client.write('c GETMETADATA Junk /private/comment\r\n')
  assert.equal(await client.line(), '* METADATA Junk (/private/comment NIL)')
  client.end()
})

it('keeps bytes as they came, and tells a NUL in a literal8', async () => {
  await server.renew()
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\n')
  await client.line()
  await client.write('b SETMETADATA "" (/private/vendor/x/bytes ~{4+}\r\na\0\r\n)\r\n')
  assert.match(await client.line(), /^b OK/)
  await client.write('c GETMETADATA "" /private/vendor/x/bytes\r\n')
  assert.equal(await client.line(), '* METADATA "" (/private/vendor/x/bytes ~{4}')
  assert.equal(await client.line(), 'a\0')
  assert.equal(await client.line(), ')')
  client.end()
})

it('says that there are too many', async () => {
  await server.renew()
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\n')
  await client.line()
  const many = Array.from({ length: 101 }, (_, n) => `/private/e${n} "x"`).join(' ')
  await client.write(`b SETMETADATA INBOX (${many})\r\n`)
  assert.equal(await client.line(), 'b NO [METADATA TOOMANY] There are too many already')
  client.end()
})
