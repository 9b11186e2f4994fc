import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { silentLog } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { countRows, listLog, listOwners } from './testing/jobs.ts'
import { boxOf, flagsIn, openMail, put, putMany } from './testing/mail.ts'
import { allUids } from './uid-set.ts'
import { Upkeep } from './upkeep.ts'

const inbox = { account: 'a1', mailbox: 'inbox' }
const hour = 3_600_000

const cases: Record<string, (t: TestContext, engine: TestEngine) => Promise<void>> = {
  'what was expunged comes back with its flags, as long as it is kept': async (t, engine) => {
    const mail = await openMail(t, { engine, undeleteMs: 10 * hour })
    const first = await put(mail, 'Subject: one\r\n\r\nx', { flags: ['\\Seen', '\\Deleted', 'k'] })
    const second = await put(mail, 'Subject: two\r\n\r\nx')
    await mail.messages.expunge(inbox, allUids, true)
    mail.clock.now += 6 * hour
    await mail.messages.expunge(inbox, allUids, false)
    assert.deepEqual(
      (await mail.undelete.list('a1', 10)).map(({ digest }) => digest.envelope.subject),
      ['two', 'one'],
    )
    assert.equal((await mail.mailboxes.usage('a1')).bytes, 0)
    mail.clock.now += 6 * hour
    const both = [first.email, second.email, 'nothing']
    assert.deepEqual(
      (await mail.undelete.restore('a1', both)).map(({ email, uid }) => [email, uid]),
      [[second.email, 3]],
      'what is too old is not reached, even before it is purged',
    )
    mail.clock.now -= 6 * hour
    await mail.undelete.restore('a1', both)
    assert.deepEqual(await flagsIn(mail), [
      [3, ''],
      [4, '\\Seen k'],
    ])
    assert.deepEqual(await mail.undelete.restore('a1', both), [], 'once')
    const open = await mail.mailboxes.open('a1', 'inbox', 4)
    assert.equal(open?.message.id, first.email)
  },

  'restoring respects the quota, all or none': async (t, engine) => {
    const mail = await openMail(t, { engine })
    const emails = (await putMany(mail, ['1', '2', '3'])).map(({ email }) => email)
    await mail.messages.expunge(inbox, allUids, false)
    await mail.mailboxes.setQuota('a1', { quotaMessages: 2, quotaBytes: 0 })
    await assert.rejects(mail.undelete.restore('a1', emails), Refused)
    assert.equal((await boxOf(mail)).messages, 0)
    assert.equal((await mail.undelete.list('a1', 9)).length, 3)
  },

  'bytes go when nothing can bring the message back': async (t, engine) => {
    const mail = await openMail(t, { engine, undeleteMs: hour })
    await putMany(mail, ['1', '2', '3'])
    await mail.messages.copy(inbox, [[1, 1]], 'sent')
    await mail.messages.expunge(inbox, [[1, 2]], false)
    assert.equal(await mail.undelete.purge('a1'), 0)
    assert.equal((await mail.engine.run(listOwners, undefined)).length, 3)
    mail.clock.now += hour + 1
    assert.equal(await mail.undelete.purge('a1'), 2)
    assert.equal((await mail.engine.run(listOwners, undefined)).length, 2)
    assert.equal((await mail.engine.run(countRows, 'a1')).emails, 2)
    assert.ok(await mail.mailboxes.open('a1', 'sent', 1), 'a copy keeps its bytes')
  },

  'with nothing kept, the next round takes what was expunged': async (t, engine) => {
    const mail = await openMail(t, { engine, undeleteMs: 0 })
    const { email } = await put(mail, 'x')
    await mail.messages.expunge(inbox, allUids, false)
    assert.deepEqual(await mail.undelete.list('a1', 9), [])
    assert.deepEqual(await mail.undelete.restore('a1', [email]), [])
    const options = { everyMs: hour, changesKeptMs: hour, changesKeptMax: 1_000 }
    await new Upkeep(mail.ports, mail.undelete, silentLog, options).once()
    assert.deepEqual(await mail.engine.run(listOwners, undefined), [])
  },

  'old changes are forgotten, and a state before that cannot be told of': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(
      mail,
      Array.from({ length: 30 }, (_, n) => `${n}`),
    )
    await mail.messages.expunge(inbox, [[1, 10]], false)
    const early = (await boxOf(mail)).modseq
    mail.clock.now += 2 * hour
    await mail.messages.setFlags({ ...inbox, uids: [[20, 20]], mode: 'add', flags: ['\\Seen'] })
    const late = (await boxOf(mail)).modseq
    const prune = (changesKeptMax: number) => {
      const options = { everyMs: hour, changesKeptMs: hour, changesKeptMax }
      return new Upkeep(mail.ports, mail.undelete, silentLog, options).once()
    }
    await prune(1_000)
    assert.equal((await mail.engine.run(listLog, 'a1')).length, 1, 'the young one stays')
    const known = await mail.messages.since(inbox, early)
    assert.deepEqual(known?.vanished, [])
    assert.deepEqual(
      known?.changed.map(([uid]) => uid),
      [20],
    )
    const unknown = await mail.messages.since(inbox, early - 1)
    assert.equal(unknown?.vanished, null)
    assert.deepEqual(
      unknown?.changed.map(([uid]) => uid),
      [20],
      'what changed is known all the same',
    )
    assert.equal(await mail.messages.emailsSince('a1', early - 1, 100), undefined)
    assert.equal(await mail.messages.mailboxesSince('a1', early - 1, 100), undefined)
    assert.equal((await mail.messages.emailsSince('a1', early, 100))?.modseq, late)
    assert.equal(await mail.messages.emailsSince('a1', late + 1, 100), undefined, 'the future')
    await prune(0)
    assert.equal(await mail.messages.emailsSince('a1', early, 100), undefined)
    assert.deepEqual((await mail.messages.emailsSince('a1', late, 100))?.updated, [])
  },
}

for (const engine of engines)
  test(`undelete on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })
