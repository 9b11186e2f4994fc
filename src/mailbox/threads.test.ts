import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { countRows } from './testing/jobs.ts'
import { type Mail, openMail, put } from './testing/mail.ts'
import { allUids } from './uid-set.ts'

interface Sent {
  readonly id?: string
  readonly subject?: string
  readonly refs?: string
  readonly answers?: string
}

const text = ({ id, subject = 'Lunch', refs, answers }: Sent) =>
  [
    `Subject: ${subject}`,
    ...(id === undefined ? [] : [`Message-ID: <${id}>`]),
    ...(refs === undefined ? [] : [`References: ${refs.replace(/\S+/g, '<$&>')}`]),
    ...(answers === undefined ? [] : [`In-Reply-To: <${answers}>`]),
    '\r\nx\r\n',
  ].join('\r\n')

/** Letters for what arrives in order, and which of them are one thread. */
const table: Record<string, readonly (readonly [Sent, string])[]> = {
  'a reply joins what it answers': [
    [{ id: 'a' }, 'A'],
    [{ id: 'b', subject: 'Re: Lunch', refs: 'a', answers: 'a' }, 'A'],
    [{ id: 'c', subject: 'AW: Re: Lunch', refs: 'a b' }, 'B'],
    [{ id: 'd', subject: 'Re: [list] Lunch', answers: 'b' }, 'A'],
  ],
  'who answers before the question came is joined by it': [
    [{ id: 'b', refs: 'a' }, 'A'],
    [{ id: 'a' }, 'A'],
    [{ id: 'c', answers: 'b' }, 'A'],
  ],
  'a missing one between is joined when it comes': [
    [{ id: 'd', refs: 'a b c' }, 'A'],
    [{ id: 'c', answers: 'nothing-known' }, 'A'],
    [{ id: 'b' }, 'A'],
    [{ id: 'a' }, 'A'],
  ],
  'a chain of clients that only say what they answer': [
    [{ id: 'a' }, 'A'],
    [{ id: 'b', answers: 'a' }, 'A'],
    [{ id: 'c', answers: 'b' }, 'A'],
    [{ id: 'd', answers: 'c' }, 'A'],
  ],
  'another subject is another thread': [
    [{ id: 'a' }, 'A'],
    [{ id: 'b', subject: 'Dinner', refs: 'a' }, 'B'],
    [{ id: 'c', subject: 'Re: dinner', refs: 'a b' }, 'B'],
    [{ id: 'd', subject: 'Re:  LUNCH', refs: 'a b' }, 'A'],
  ],
  'the same subject alone is none': [
    [{ id: 'a' }, 'A'],
    [{ id: 'b' }, 'B'],
    [{}, 'C'],
    [{}, 'D'],
  ],
  'a later one joins the nearer of two threads, and they stay two': [
    [{ id: 'a' }, 'A'],
    [{ id: 'b' }, 'B'],
    [{ id: 'c', refs: 'a b' }, 'B'],
    [{ id: 'd', refs: 'a' }, 'A'],
  ],
  'the same message twice is one thread': [
    [{ id: 'a' }, 'A'],
    [{ id: 'a' }, 'A'],
    [{ id: 'b', refs: 'x' }, 'X'],
    [{ id: 'b', refs: 'x' }, 'X'],
  ],
}

async function threadsOf(mail: Mail): Promise<number[]> {
  const list = await mail.mailboxes.messages('a1', 'inbox', { limit: 100 })
  return list.toReversed().map(({ thread }) => thread)
}

const cases: Record<string, (t: TestContext, engine: TestEngine) => Promise<void>> = {
  'who belongs together': async (t, engine) => {
    for (const [name, letters] of Object.entries(table)) {
      const mail = await openMail(t, { engine })
      for (const [letter] of letters) await put(mail, text(letter))
      const threads = await threadsOf(mail)
      const first = (which: string) => threads[letters.findIndex(([, name]) => name === which)]
      for (const [n, [, which]] of letters.entries())
        assert.equal(threads[n], first(which), `${name}: letter ${n}`)
      const wanted = new Set(letters.map(([, which]) => which)).size
      assert.equal(new Set(threads).size, wanted, name)
      await mail.close()
    }
  },

  'threads are of one account, come and go, and leave nothing behind': async (t, engine) => {
    const mail = await openMail(t, { engine, undeleteMs: 0 })
    await mail.openAccount('a2')
    await put(mail, text({ id: 'b', refs: 'a x' }), { account: 'a2' })
    const { modseq } = await put(mail, text({ id: 'a' }))
    await put(mail, text({ id: 'b', refs: 'a' }))
    await put(mail, text({ id: 'c', refs: 'y z' }))
    const [ab, , c] = (await threadsOf(mail)).map(String)
    const since = await mail.messages.threadsSince('a1', modseq, 100)
    assert.deepEqual([since?.created, since?.updated], [[c], [ab]])
    const thread = await mail.messages.thread('a1', Number(ab))
    assert.deepEqual(
      thread.map(({ uid }) => uid),
      [1, 2],
    )
    const inbox = { account: 'a1', mailbox: 'inbox' }
    const now = since?.modseq ?? 0
    await mail.messages.expunge(
      inbox,
      [
        [1, 1],
        [3, 3],
      ],
      false,
    )
    const after = await mail.messages.threadsSince('a1', now, 100)
    assert.deepEqual([after?.updated, after?.destroyed], [[ab], [c]])
    await mail.messages.expunge(inbox, allUids, false)
    await mail.undelete.purge('a1')
    const rows = await mail.engine.run(countRows, 'a1')
    assert.equal(rows.thread_keys, 0)
    assert.equal(rows.emails, 0)
    assert.equal((await mail.engine.run(countRows, 'a2')).emails, 1)
  },
}

for (const engine of engines)
  test(`threads on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })
