// Hints of changes only say that there is something to ask: late, doubled or missing ones change
// nothing of what a client hears in the end.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ChangeFeed } from '../../mailbox/change-feed.ts'
import { Messages } from '../../mailbox/messages.ts'
import type { Player } from '../../wire/testing/transcript.ts'
import { openImap } from './testing/server.ts'

const server = await openImap({ after }, {}, { others: true })
after(() => server.close())
const { engine, store, nextId, mailboxes } = server.house

/** Mail changed here is told to nobody: as in a process whose word is lost. */
const silent = new Messages({ engine, blobs: store.blobs, nextId, now: Date.now }, new ChangeFeed())

async function put(messages: Messages, account: string): Promise<void> {
  const letter = messages.letter(1000)
  await letter.write(Buffer.from('A: b\r\n'))
  await messages.append({ account, mailbox: 'inbox' }, [{ letter: await letter.seal() }])
}

async function idling(): Promise<Player> {
  const client = await server.client()
  await client.write('a LOGIN tito amplop\r\nb SELECT INBOX\r\nc IDLE\r\n')
  for (let line = ''; !line.startsWith('+'); ) line = await client.line()
  return client
}

async function done(client: Player): Promise<readonly string[]> {
  await client.write('DONE\r\n')
  const lines: string[] = []
  do lines.push(await client.line())
  while (!lines.at(-1)?.startsWith('c '))
  client.end()
  return lines
}

test('hints that come twice, late or for nothing are not heard', async () => {
  await server.renew()
  const account = server.accountOf('tito')
  const client = await idling()
  await put(server.house.messages, account)
  assert.equal(await client.line(), '* 1 EXISTS')
  for (const modseq of [1, 2, 2, 1_000_000])
    mailboxes.changes.publish({ account, modseq, mailbox: 'inbox', kind: 'added' })
  mailboxes.changes.publish({ account, modseq: 3, mailbox: 'inbox', kind: 'removed' })
  await put(server.house.messages, account)
  assert.equal(await client.line(), '* 2 EXISTS')
  assert.deepEqual(await done(client), ['c OK Idled'])
})

test('what no hint told is heard with the next one, or the next command', async () => {
  await server.renew()
  const account = server.accountOf('tito')
  const client = await idling()
  await put(silent, account)
  await put(silent, account)
  mailboxes.changes.publish({ account, modseq: 1, mailbox: 'inbox', kind: 'flags' })
  assert.equal(await client.line(), '* 2 EXISTS')
  await put(silent, account)
  await silent.expunge({ account, mailbox: 'inbox' }, [[1, 2]], false)
  assert.deepEqual(await done(client), [
    ...['* 2 EXPUNGE', '* 1 EXPUNGE', '* 1 EXISTS', 'c OK Idled'],
  ])
})

test('many changes at once reach a hundred idlers, each as one picture', async () => {
  await server.renew()
  const account = server.accountOf('tito')
  const clients: Player[] = []
  for (let n = 0; n < 100; n++) clients.push(await idling())
  const began = performance.now()
  await Promise.all(Array.from({ length: 20 }, () => put(server.house.messages, account)))
  for (const client of clients)
    for (let line = ''; line !== '* 20 EXISTS'; ) line = await client.line()
  assert.ok(performance.now() - began < 10_000)
  for (const client of clients) client.end()
})
