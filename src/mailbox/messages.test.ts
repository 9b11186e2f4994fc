import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { missed } from '../base/feed.ts'
import { Refused } from '../base/refused.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { listLog, listOwners } from './testing/jobs.ts'
import { began, boxOf, flagsIn, openMail, put, putMany } from './testing/mail.ts'
import { allUids } from './uid-set.ts'

const inbox = { account: 'a1', mailbox: 'inbox' }
const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted
const letter = (subject: string) => `Subject: ${subject}\r\n\r\ntext\r\n`

const cases: Record<string, (t: TestContext, engine: TestEngine) => Promise<void>> = {
  'an appended message has the flags and dates that it came with': async (t, engine) => {
    const mail = await openMail(t, { engine })
    mail.clock.now = began + 5_000
    const flags = ['\\seen', '\\Flagged', '$Forwarded', 'My-Label']
    const { uid } = await put(mail, 'Date: Thu, 1 Jan 2015 00:00:00 +0000\r\n\r\nx', {
      flags,
      receivedAt: 1_000,
    })
    await put(mail, 'no date', { flags: ['my-LABEL'] })
    const [second, first] = await mail.mailboxes.messages('a1', 'inbox', { limit: 2 })
    assert.equal(first?.uid, uid)
    assert.equal(first?.receivedAt, 1_000)
    assert.equal(first?.savedAt, began + 5_000)
    assert.equal(first?.sentAt, Date.UTC(2015, 0, 1))
    assert.equal(first?.seen, true)
    assert.equal(second?.sentAt, second?.receivedAt)
    assert.deepEqual(await flagsIn(mail), [
      [1, '\\Flagged \\Seen $Forwarded My-Label'],
      [2, 'My-Label'],
    ])
    for (const bad of ['\\Recent', 'a b', 'ü', '', '{', 'x'.repeat(201)])
      await assert.rejects(put(mail, 'x', { flags: [bad] }), code('bad-value'), bad)
    assert.equal((await boxOf(mail)).messages, 2, 'what was refused left no trace')
    assert.equal((await mail.engine.run(listOwners, undefined)).length, 2)
  },

  'letters are appended all or none': async (t, engine) => {
    const mail = await openMail(t, { engine, quota: { quotaMessages: 3, quotaBytes: 0 } })
    await putMany(mail, ['1', '2'])
    await assert.rejects(putMany(mail, ['3', '4']), code('over-quota'))
    assert.equal((await boxOf(mail)).messages, 2)
    const small = mail.messages.letter(10)
    await small.write(Buffer.from('12345'))
    assert.throws(() => small.write(Buffer.from('123456')), code('too-big'))
    const failing = mail.messages.letter(10)
    await failing.write(Buffer.from('x'))
    const sealed = { ...(await failing.seal()), synced: Promise.reject(new Refused('no-space')) }
    await assert.rejects(mail.messages.append(inbox, [{ letter: sealed }]), code('no-space'))
    assert.equal((await boxOf(mail)).messages, 2, 'what did not reach the disk is taken back')
    assert.equal((await mail.engine.run(listOwners, undefined)).length, 2)
  },

  'flags change by the rules of STORE, and a modseq only where they differ': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(mail, ['1', '2', '3', '4'])
    const steps = [
      ['add', ['\\Seen'], [[1, 3]], [1, 2, 3], '\\Seen'],
      ['add', ['\\Seen', 'k'], [[2, 9]], [2, 3, 4], '\\Seen k'],
      ['add', ['\\SEEN'], [[1, 4]], [], undefined],
      ['remove', ['K', 'unknown'], [[3, 3]], [3], '\\Seen'],
      [
        'replace',
        ['\\Draft'],
        [
          [1, 1],
          [4, 4],
        ],
        [1, 4],
        '\\Draft',
      ],
      ['replace', [], [[1, 2]], [1, 2], ''],
    ] as const
    let highest = (await boxOf(mail)).modseq
    for (const [mode, flags, uids, changed, after] of steps) {
      const flagged = await mail.messages.setFlags({ ...inbox, uids, mode, flags })
      assert.deepEqual([...flagged.uids], changed)
      const names = await mail.messages.flagNames('a1')
      for (const [n] of changed.entries()) {
        assert.equal(names.of(flagged.flags[n]!, flagged.more[n]!).join(' '), after)
        assert.ok(flagged.modseqs[n]! > highest)
      }
      highest = Math.max(highest, ...flagged.modseqs)
      assert.equal((await boxOf(mail)).modseq, highest)
    }
    await assert.rejects(
      mail.messages.setFlags({ ...inbox, mailbox: 'x', uids: allUids, mode: 'add', flags: [] }),
      code('not-found'),
    )
  },

  'RFC 7162 §3.1.3 what changed since is left alone, and told': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(mail, ['1', '2', '3'])
    const { modseq } = await boxOf(mail)
    const order = { ...inbox, uids: allUids, mode: 'add' as const }
    await mail.messages.setFlags({ ...order, uids: [[2, 2]], flags: ['\\Flagged'] })
    const flagged = await mail.messages.setFlags({
      ...order,
      flags: ['\\Deleted'],
      unchangedSince: modseq,
    })
    assert.deepEqual([...flagged.uids], [1, 3])
    assert.deepEqual([...flagged.failed], [2])
    assert.deepEqual(await flagsIn(mail), [
      [1, '\\Deleted'],
      [2, '\\Flagged'],
      [3, '\\Deleted'],
    ])
  },

  'a hundred keywords fit, and keep their bits apart': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await put(mail, 'x')
    const names = Array.from({ length: 100 }, (_, n) => `k${n}`)
    const order = { ...inbox, uids: allUids }
    await mail.messages.setFlags({ ...order, mode: 'add', flags: [...names, '\\Seen'] })
    assert.deepEqual(await flagsIn(mail), [[1, ['\\Seen', ...names].join(' ')]])
    await mail.messages.setFlags({ ...order, mode: 'remove', flags: ['k0', 'k47', 'k48', 'k99'] })
    const left = names.filter((name) => !['k0', 'k47', 'k48', 'k99'].includes(name))
    assert.deepEqual(await flagsIn(mail), [[1, ['\\Seen', ...left].join(' ')]])
    await assert.rejects(
      mail.messages.setFlags({ ...order, mode: 'add', flags: ['one-more'] }),
      code('too-many'),
    )
    await mail.messages.copy(inbox, allUids, 'sent')
    assert.equal((await flagsIn(mail, 'sent'))[0]?.[1], ['\\Seen', ...left].join(' '))
  },

  'copies are the same email under UIDs of their own, and own no bytes': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(mail, [letter('1'), letter('2'), letter('3')])
    await put(mail, letter('0'), { mailbox: 'archive' })
    mail.clock.now += 60_000
    const copied = await mail.messages.copy(
      inbox,
      [
        [3, 3],
        [1, 1],
      ],
      'archive',
    )
    assert.deepEqual([...copied.from, copied.first], [1, 3, 2])
    assert.equal(copied.uidValidity, (await boxOf(mail, 'archive')).uidValidity)
    const [three] = await mail.mailboxes.messages('a1', 'archive', { limit: 1 })
    const [original] = await mail.mailboxes.messages('a1', 'inbox', { limit: 1 })
    assert.equal(three?.id, original?.id)
    assert.equal(three?.receivedAt, original?.receivedAt)
    assert.equal(three?.savedAt, mail.clock.now, 'RFC 8514 §3: saved when it was copied')
    const places = await mail.messages.email('a1', three?.id ?? '')
    assert.deepEqual(places.map(({ message }) => message.mailbox).sort(), ['archive', 'inbox'])
    const owners = await mail.engine.run(listOwners, undefined)
    assert.deepEqual(
      owners.map(({ refs }) => refs),
      [1, 1, 1, 1],
    )
    const open = await mail.mailboxes.open('a1', 'archive', 3)
    const chunks: Uint8Array[] = []
    for await (const chunk of open?.stream() ?? []) chunks.push(chunk)
    assert.equal(Buffer.concat(chunks).toString(), letter('3'))
  },

  'a quota holds for copies too, and moving needs no room': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(mail, ['12345', '12345'])
    await mail.mailboxes.setQuota('a1', { quotaMessages: 0, quotaBytes: 15 })
    await assert.rejects(mail.messages.copy(inbox, allUids, 'sent'), code('over-quota'))
    await mail.messages.copy(inbox, [[1, 1]], 'sent')
    await mail.messages.move(inbox, allUids, 'archive')
    await mail.mailboxes.setQuota('a1', { quotaMessages: 3, quotaBytes: 0 })
    await assert.rejects(
      mail.messages.copy({ ...inbox, mailbox: 'sent' }, allUids, 'trash'),
      code('over-quota'),
    )
    assert.equal((await mail.mailboxes.usage('a1')).messages, 3)
    assert.equal((await boxOf(mail)).messages, 0)
    assert.equal((await boxOf(mail, 'archive')).bytes, 10)
    await assert.rejects(mail.messages.move(inbox, allUids, 'nowhere'), code('not-found'))
  },

  'a thousand messages at once are told of in changes of a hundred': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(
      mail,
      Array.from({ length: 250 }, (_, n) => `${n}`),
    )
    const before = await boxOf(mail)
    await mail.messages.setFlags({ ...inbox, uids: allUids, mode: 'add', flags: ['\\Seen'] })
    const since = await mail.messages.emailsSince('a1', before.modseq, 100)
    assert.equal(since?.updated.length, 100)
    assert.equal(since?.more, true)
    assert.equal(await mail.messages.emailsSince('a1', before.modseq, 99), undefined)
    await mail.messages.move(inbox, allUids, 'archive')
    const log = await mail.engine.run(listLog, 'a1')
    const told = log.filter(({ modseq }) => modseq > before.modseq)
    assert.deepEqual(
      told.map(({ kind, uids }) => `${kind} ${uids}`),
      [
        ...['flags 1:100', 'flags 101:200', 'flags 201:250'],
        ...['added 1:100', 'removed 1:100', 'added 101:200', 'removed 101:200'],
        ...['added 201:250', 'removed 201:250'],
      ],
    )
    const objects = await mail.messages.mailboxesSince('a1', before.modseq, 10)
    assert.deepEqual(objects?.updated, ['inbox', 'archive'].sort())
    assert.equal(objects?.onlyCounts, true)
    // Both changed at once: one without the other would be lost.
    assert.equal(await mail.messages.mailboxesSince('a1', before.modseq, 1), undefined)
  },

  'two sessions at once lose nothing of each other': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(
      mail,
      Array.from({ length: 20 }, (_, n) => `${n}`),
    )
    const session = async (flag: string, target: string) => {
      for (let n = 1; n <= 10; n++) {
        await mail.messages.setFlags({ ...inbox, uids: allUids, mode: 'add', flags: [flag] })
        await mail.messages.setFlags({ ...inbox, uids: allUids, mode: 'remove', flags: [flag] })
        await mail.messages.copy(inbox, [[n, n]], target)
        await put(mail, `${flag} ${n}`)
      }
      await mail.messages.setFlags({ ...inbox, uids: allUids, mode: 'add', flags: [flag] })
    }
    await Promise.all([session('one', 'sent'), session('two', 'sent'), session('three', 'trash')])
    const flags = await flagsIn(mail)
    assert.equal(flags.length, 50)
    for (const [, text] of flags.slice(0, 20))
      assert.deepEqual(text.split(' ').sort(), ['one', 'three', 'two'])
    assert.equal((await boxOf(mail, 'sent')).messages, 20)
    const log = await mail.engine.run(listLog, 'a1')
    const modseqs = log.map(({ modseq }) => modseq)
    assert.equal(new Set(modseqs).size, modseqs.length)
    const { modseq } = log.at(-1) ?? assert.fail()
    assert.equal(modseqs.length, modseq - 1, 'each change has a modseq, and each modseq a change')
  },

  'a session hears of its account only, and what it missed it can ask for': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await mail.openAccount('a2')
    const stop = new AbortController()
    const heard = mail.mailboxes.changes.listenTo('a1', stop.signal)
    await put(mail, 'x', { account: 'a2' })
    const { modseq } = await put(mail, 'x')
    const first = await heard.next()
    assert.ok(first.value !== missed)
    assert.deepEqual(
      [first.value.account, first.value.modseq, first.value.kind],
      ['a1', modseq, 'added'],
    )
    await putMany(
      mail,
      Array.from({ length: 200 }, (_, n) => `${n}`),
    )
    assert.equal((await heard.next()).value, missed)
    const since = await mail.messages.since(inbox, modseq)
    assert.equal(since?.changed.length, 200)
    stop.abort()
    for await (const change of heard) assert.ok(change === missed || change.account === 'a1')
  },

  'large mailboxes are read in slices, each message once': async (t, engine) => {
    const mail = await openMail(t, { engine })
    await putMany(
      mail,
      Array.from({ length: 600 }, (_, n) => `Subject: Re: s${n}\r\n\r\nx`),
    )
    await mail.messages.expunge(inbox, [[10, 20]], false)
    const read: number[] = []
    for await (const slice of mail.messages.read(inbox, [
      [590, 700],
      [5, 30],
      [100, 550],
    ]))
      for (const { uid, digest } of slice) {
        assert.equal(digest.envelope.subject, `Re: s${uid - 1}`)
        read.push(uid)
      }
    const range = (first: number, last: number) =>
      Array.from({ length: last - first + 1 }, (_, n) => first + n)
    assert.deepEqual(read, [
      ...range(5, 9),
      ...range(21, 30),
      ...range(100, 550),
      ...range(590, 600),
    ])
    const subjects: string[] = []
    for await (const slice of mail.messages.subjects(inbox))
      for (const [, subject] of slice) subjects.push(subject)
    assert.equal(subjects.length, 589)
    assert.equal(subjects[0], 's0')
  },
}

for (const engine of engines)
  test(`messages on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })
