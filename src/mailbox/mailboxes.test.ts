import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Refused } from '../base/refused.ts'
import { digest } from '../message/digest.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { factsOf } from './facts.ts'
import { add, close, countRows, drop, listLog, listOwners } from './testing/jobs.ts'
import { began, openMail, put } from './testing/mail.ts'

const prefix = Buffer.from('Return-Path: <>\r\n')

for (const engine of engines)
  test(`mailboxes on ${engine.name}`, { skip: engine.skip }, async (t) => {
    for (const [name, run] of Object.entries(cases)) await t.test(name, (t) => run(t, engine))
  })

async function mail(t: TestContext, kind: TestEngine) {
  const opened = await openMail(t, { engine: kind, others: true })
  const { engine, blobs } = opened
  let n = 0
  const append = async (text: string, account = 'a1', mailbox = 'inbox') => {
    const writer = blobs.create()
    await writer.write(Buffer.from(text))
    const { ref, synced } = await writer.finish()
    await synced
    const bytes = Buffer.from(text)
    const facts = factsOf(digest(bytes), bytes)
    const id = `m${++n}`
    return engine.run(add, { account, mailbox, id, at: began + 1_000, prefix, blob: ref, facts })
  }
  return { ...opened, append }
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted

const cases: Record<string, (t: TestContext, kind: TestEngine) => Promise<void>> = {
  'T002-07 a new account has its special-use mailboxes, empty': async (t, kind) => {
    const { mailboxes } = await mail(t, kind)
    const list = await mailboxes.list('a1')
    assert.deepEqual(
      list.map(({ name, role }) => [name, role]),
      [
        ['Archive', 'archive'],
        ['Drafts', 'drafts'],
        ['INBOX', 'inbox'],
        ['Junk', 'junk'],
        ['Sent', 'sent'],
        ['Trash', 'trash'],
      ],
    )
    for (const mailbox of list) {
      assert.ok(mailbox.uidValidity >= 1_700_000_000)
      assert.equal(mailbox.uidNext, 1)
      assert.equal(mailbox.messages, 0)
    }
    assert.deepEqual(await mailboxes.list('nobody'), [])
  },

  'messages are listed newest first, in pages, with what was seen in them': async (t, kind) => {
    const { mailboxes, append } = await mail(t, kind)
    for (let n = 1; n <= 5; n++) await append(`Subject: n${n}\r\n\r\ntext\r\n`)
    const uids = async (page: { before?: number; limit: number }) =>
      (await mailboxes.messages('a1', 'inbox', page)).map(({ uid }) => uid)
    assert.deepEqual(await uids({ limit: 2 }), [5, 4])
    assert.deepEqual(await uids({ before: 4, limit: 2 }), [3, 2])
    assert.deepEqual(await uids({ before: 2, limit: 2 }), [1])
    const [newest] = await mailboxes.messages('a1', 'inbox', { limit: 1 })
    assert.equal(newest?.digest.envelope.subject, 'n5')
    assert.equal(newest?.seen, false)
    assert.equal(newest?.receivedAt, 1_700_000_001_000)
    assert.deepEqual(await mailboxes.messages('a1', 'sent', { limit: 9 }), [])
  },

  'a message is its prefix and its bytes, from any byte to any other': async (t, kind) => {
    const { mailboxes, append } = await mail(t, kind)
    const text = 'Subject: x\r\n\r\nbody\r\n'
    const { uid } = await append(text)
    const opened = (await mailboxes.open('a1', 'inbox', uid)) ?? assert.fail()
    const whole = prefix.toString() + text
    const { length } = whole
    assert.equal(opened.message.size, length)
    const ranges = [
      [0, length],
      [0, 0],
      [3, 9],
      [prefix.length - 2, prefix.length + 2],
      [prefix.length, prefix.length + 1],
      [prefix.length + 4, length],
      [0, length + 50],
      [length, length],
    ] as const
    for (const [start, end] of ranges) {
      const chunks: Uint8Array[] = []
      for await (const chunk of opened.stream(start, end)) chunks.push(chunk)
      assert.equal(Buffer.concat(chunks).toString(), whole.slice(start, end), `${start} to ${end}`)
    }
    assert.equal(await mailboxes.open('a1', 'inbox', 99), undefined)
    assert.equal(await mailboxes.open('a2', 'inbox', uid), undefined)
  },

  'counts, modseq and changes go with every message in and out': async (t, kind) => {
    const { engine, mailboxes, append } = await mail(t, kind)
    const first = await append('one')
    await append('two', 'a1', 'sent')
    await append('three')
    const where = { account: 'a1', email: first.email }
    assert.deepEqual(
      (await engine.run(drop, where)).map(({ kind }) => kind),
      ['removed'],
    )
    assert.deepEqual(await engine.run(drop, where), [])
    const next = await append('four')
    assert.equal(next.uid, 3, 'a UID is never used again')
    const list = await mailboxes.list('a1')
    const inbox = list.find(({ id }) => id === 'inbox')
    assert.equal(inbox?.messages, 2)
    assert.equal(inbox?.unseen, 2)
    assert.equal(inbox?.bytes, 'threefour'.length + 2 * prefix.length)
    assert.equal(inbox?.modseq, next.modseq)
    assert.equal((await mailboxes.usage('a1')).messages, 3)
    const log = await engine.run(listLog, 'a1')
    assert.deepEqual(
      log.map(({ modseq, mailbox, uids, kind }) => [modseq, mailbox, uids, kind]),
      [
        [2, 'inbox', '1', 'added'],
        [3, 'sent', '1', 'added'],
        [4, 'inbox', '2', 'added'],
        [5, 'inbox', '1', 'removed'],
        [6, 'inbox', '3', 'added'],
      ],
    )
    assert.equal((await engine.run(listOwners, undefined)).length, 3)
  },

  'T002-16 a quota of 0 takes all, any other what fits': async (t, kind) => {
    const { mailboxes, append } = await mail(t, kind)
    await append('x'.repeat(10_000))
    const used = (await mailboxes.usage('a1')).bytes
    await mailboxes.setQuota('a1', { quotaMessages: 0, quotaBytes: used + prefix.length + 5 })
    await assert.rejects(append('123456'), code('over-quota'))
    assert.equal(await mailboxes.isFull('a1'), false)
    await append('12345')
    assert.equal(await mailboxes.isFull('a1'), true)
    await mailboxes.setQuota('a1', { quotaMessages: 2, quotaBytes: 0 })
    await assert.rejects(append(''), code('over-quota'))
    await mailboxes.setQuota('a1', { quotaMessages: 0, quotaBytes: 0 })
    await append('')
    await assert.rejects(append('x', 'nobody'), code('not-found'))
    await assert.rejects(append('x', 'a1', 'nowhere'), code('not-found'))
    assert.equal((await mailboxes.usage('a1')).messages, 3, 'what was refused left no trace')
    await assert.rejects(
      mailboxes.setQuota('nobody', { quotaMessages: 0, quotaBytes: 0 }),
      code('not-found'),
    )
    await assert.rejects(mailboxes.usage('nobody'), code('not-found'))
  },

  'a large account goes in parts, and nothing of it stays': async (t, kind) => {
    const opened = await mail(t, kind)
    const { engine, mailboxes, messages, append } = opened
    await opened.openAccount('a2')
    await append('kept', 'a2')
    await Promise.all(Array.from({ length: 600 }, (_, n) => append(`message ${n}`)))
    await put(opened, 'x', { flags: ['\\Seen', 'note'] })
    await messages.expunge({ account: 'a1', mailbox: 'inbox' }, [[1, 20]], false)
    let parts = 1
    while (!(await engine.run(close, 'a1'))) parts++
    assert.ok(parts >= 2)
    assert.deepEqual(await mailboxes.list('a1'), [])
    assert.deepEqual(await mailboxes.messages('a1', 'inbox', { limit: 10 }), [])
    for (const [table, rows] of Object.entries(await engine.run(countRows, 'a1')))
      assert.equal(rows, 0, table)
    assert.equal((await engine.run(listOwners, undefined)).length, 1)
    assert.equal((await mailboxes.list('a2')).length, 6)
    assert.equal(await engine.run(close, 'a1'), true)
  },
}
