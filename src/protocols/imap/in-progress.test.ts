// A command that takes long is told to go on, and one that does not is not: RFC 9585 §4.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openImap } from './testing/server.ts'

const server = await openImap({ after }, { inProgressEveryMs: 20 })
after(() => server.close())

test('a long search says that it goes on, until it ends', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { search } = server.ports
  const emails = search.emails.bind(search)
  search.emails = async (...asked) => {
    await held
    return emails(...asked)
  }
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\nb SELECT INBOX\r\n')
  for (let line = ''; !line.startsWith('b OK'); ) line = await client.line()
  await client.write('c SEARCH TEXT halo\r\n')
  assert.equal(await client.line(), '* OK [INPROGRESS ("c" NIL NIL)] Still at it')
  assert.equal(await client.line(), '* OK [INPROGRESS ("c" NIL NIL)] Still at it')
  release()
  let line = ''
  do line = await client.line()
  while (line.startsWith('* OK [INPROGRESS'))
  assert.equal(line, '* SEARCH')
  assert.equal(await client.line(), 'c OK Searched')
  client.end()
})

test('a tag that would end the code is left out', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const { mailboxes } = server.ports
  const list = mailboxes.list.bind(mailboxes)
  mailboxes.list = async (account) => {
    await held
    return list(account)
  }
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\n')
  await client.line()
  await client.write('b]c LIST "" INBOX\r\n')
  assert.equal(await client.line(), '* OK [INPROGRESS] Still at it')
  release()
  client.end()
})
