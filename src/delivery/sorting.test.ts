import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { auditOwners } from './audit.ts'
import { LetterWriter } from './letter.ts'
import type { Sorted, Sorter } from './sorting.ts'
import { accountId, bytesIn, openHouse, send } from './testing/house.ts'
import type { MailboxPlace } from './types.ts'

const letter = 'Subject: a\r\n\r\ntext\r\n'

/** Decides for tito only. */
async function house(t: TestContext, engine: TestEngine, sorted: Partial<Sorted>) {
  const seen: string[] = []
  const sorter: Sorter = {
    sort: ({ recipient, place }) => {
      if (recipient.local !== 'tito') return undefined
      seen.push(`${recipient.local} ${place.mailbox}`)
      return Promise.resolve({ places: [place], said: 'sorted', ...sorted })
    },
  }
  const opened = await openHouse(t, { engine, sorters: [sorter] })
  t.after(() => opened.close())
  const tito = await accountId(opened, 'tito@example.com')
  return { ...opened, tito, seen }
}

everyEngine('a sorter says where a copy goes, and how it is flagged', async (t, engine) => {
  const places: MailboxPlace[] = []
  const it = await house(t, engine, { places, said: 'filed into Junk' })
  const flags = ['\\Seen', 'boss']
  places.push({ kind: 'mailbox', account: it.tito, mailbox: 'junk', flags })
  const trace = await send(it, ['iqbal', 'tito'], letter)
  const kept = await it.traces.get(trace.id)
  assert.deepEqual(it.seen, ['tito inbox'])
  const selected = await it.mailboxes.select(it.tito, 'Junk')
  assert.deepEqual([selected?.box.messages, selected?.box.unseen], [1, 0])
  assert.deepEqual(await it.mailboxes.messages(it.tito, 'inbox', { limit: 10 }), [])
  assert.equal(kept?.steps.find(({ step }) => step === 'sorted')?.said, 'filed into Junk')
  assert.match(trace.steps.at(-1)?.said ?? '', /iqbal@example.com INBOX, tito@example.com Junk/)
})

everyEngine('what one rejects and another takes is taken', async (t, engine) => {
  const told: boolean[] = []
  const before = async (atOnce: boolean) => void told.push(atOnce)
  const it = await house(t, engine, { places: [], reject: 'no', said: 'rejected', before })
  const trace = await send(it, ['iqbal', 'tito'], letter)
  assert.deepEqual(
    trace.recipients.map(({ place }) => place),
    ['mailbox', 'nowhere'],
  )
  await assert.rejects(
    send(it, ['tito'], letter),
    (error: unknown) => error instanceof Refused && error.filter?.reply?.text === 'no',
  )
  assert.deepEqual(told, [false, true])
  assert.equal((await bytesIn(it, it.tito)).length, 0)
})

everyEngine('a copy may have another text, and owns it', async (t, engine) => {
  const other = 'X-Seen: yes\r\nSubject: other\r\n\r\ntext\r\n'
  const sorter: Sorter = {
    sort: async ({ place, recipient }) => {
      if (recipient.local !== 'tito') return undefined
      const writer = new LetterWriter(it.store.blobs, 1_000)
      await writer.write(Buffer.from(other))
      return { places: [place], said: '', letters: new Map([[place, writer.end()]]) }
    },
  }
  const it = await openHouse(t, { engine, sorters: [sorter] })
  t.after(() => it.close())
  await send(it, ['iqbal', 'tito'], letter)
  const bodies = async (name: string) =>
    (await bytesIn(it, await accountId(it, `${name}@example.com`))).map(({ body }) => `${body}`)
  assert.deepEqual([await bodies('iqbal'), await bodies('tito')], [[letter], [other]])
  assert.deepEqual(await it.engine.run(auditOwners, undefined), [])
})
