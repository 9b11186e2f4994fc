import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { Refused } from '../base/refused.ts'
import { listOwed } from '../queue/owe.ts'
import type { Blobs } from '../store/blobs.ts'
import { everyEngine } from '../store/testing/engines.ts'
import { newFolder } from '../store/testing/places.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  envelopeFor,
  type HouseOptions,
  neighbour,
  openHouse,
  send,
  stranger,
} from './testing/house.ts'
import type { Trace } from './types.ts'

async function house(t: TestContext, options: HouseOptions = {}) {
  const opened = await openHouse(t, options)
  t.after(() => opened.close())
  return opened
}

const code = (wanted: string) => (error: unknown) =>
  error instanceof Refused && error.code === wanted

const letter = 'Subject: =?utf-8?q?Hola_=C3=B1?=\r\nMessage-ID: <m1@x>\r\n\r\n.\r\n..c\r\n'

everyEngine(
  'a message for one is in the INBOX byte for byte, behind its trace fields',
  async (t, engine) => {
    const it = await house(t, { engine })
    const trace = await send(it, ['iqbal'], letter)
    const [message, ...others] = await bytesIn(it, await accountId(it, 'iqbal'))
    assert.equal(others.length, 0)
    assert.equal(message?.body.toString(), letter)
    assert.match(
      message?.prefix.replace(/\r\n\s+/g, ' ') ?? '',
      /^Return-Path: <ana@example\.net>\r\nReceived: from mail\.example\.org \(\[127\.0\.0\.1\]\) by mail\.example\.com with ESMTP id \w{20} for <iqbal@example\.com>; .*\r\n$/,
    )
    assert.equal(trace.subject, 'Hola ñ')
    assert.equal(trace.messageId, 'm1@x')
    assert.equal(trace.accepted, true)
    assert.deepEqual(
      trace.steps.map(({ step, ok }) => [step, ok]),
      [
        ['socket', true],
        ['checked', true],
        ['code', true],
        ['mailbox', true],
      ],
    )
    assert.equal(trace.steps[2]?.said, `250 2.0.0 OK: queued as ${trace.id}`)
    assert.equal(trace.steps[3]?.said, 'iqbal@example.com INBOX')
    assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 0)
  },
)

everyEngine(
  'T003-04 five recipients get the same bytes, and none learns of the others',
  async (t, engine) => {
    const it = await house(t, { engine })
    const names = ['u1', 'u2', 'u3', 'u4', 'u5']
    for (const name of names) await it.accounts.addAccount(name, 'amplop')
    await send(it, names, letter)
    for (const name of names) {
      const [message] = await bytesIn(it, await accountId(it, name))
      assert.equal(message?.body.toString(), letter)
      assert.ok(!names.some((other) => message?.prefix.includes(other)))
    }
  },
)

everyEngine(
  'T003-06 a recipient said twice, or meant twice, gets exactly one copy',
  async (t, engine) => {
    const it = await house(t, { engine })
    await it.accounts.addAlias('both@example.com', ['tito', 'iqbal'])
    await send(it, ['iqbal', 'iqbal', 'IQBAL@example.com', 'iqbal+x', 'both'], letter)
    assert.equal((await bytesIn(it, await accountId(it, 'iqbal'))).length, 1)
    assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 1)
    await send(it, ['both'], letter)
    assert.equal((await bytesIn(it, await accountId(it, 'iqbal'))).length, 2)
    assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 2)
  },
)

everyEngine(
  'T003-05 an empty message, and one of a blank line, are stored as they are',
  async (t, engine) => {
    const it = await house(t, { engine })
    await send(it, ['tito'], '\r\n')
    await it.delivery.accept(await envelopeFor(it, ['tito'])).finish()
    const bodies = (await bytesIn(it, await accountId(it, 'tito'))).map(({ body }) =>
      body.toString(),
    )
    assert.deepEqual(bodies, ['\r\n', ''])
  },
)

everyEngine('T000-32 bytes that are no text in any charset are kept', async (t, engine) => {
  const it = await house(t, { engine })
  const bytes = Buffer.concat([Buffer.from('Subject: \xff\0\r\n\r\n', 'latin1'), Buffer.alloc(600)])
  for (let n = 0; n < bytes.length; n++) if (n > 20) bytes[n] = n & 255
  await send(it, ['tito'], bytes)
  const [message] = await bytesIn(it, await accountId(it, 'tito'))
  assert.deepEqual(message?.body, bytes)
})

everyEngine('T003-22 bodies around every boundary are stored byte for byte', async (t, engine) => {
  const it = await house(t, { engine })
  const account = await accountId(it, 'tito')
  const sizes = [4_095, 4_096, 4_097, 262_144, 1_048_576, 1_048_577, 10 * 1024 * 1024 - 4]
  for (const size of sizes) {
    const body = Buffer.alloc(size + 4, 'abcdefg\r\n')
    body.write('\r\n\r\n')
    const intake = it.delivery.accept(await envelopeFor(it, ['tito']))
    for (let at = 0; at < body.length; at += 65_536) {
      await intake.write(body.subarray(at, at + 65_536))
    }
    assert.equal((await intake.finish()).size, body.length)
    const stored = (await bytesIn(it, account)).at(-1)
    assert.ok(stored?.body.equals(body), `${size} bytes`)
  }
})

everyEngine('who may send to whom', async (t, engine) => {
  const sink = await house(t, { engine })
  const refuse = await house(t, { engine, foreign: 'refuse' })
  await sink.accounts.addAccount('off', 'amplop')
  await sink.accounts.disable('off')
  const user = { ...stranger, login: 'tito@example.com', protocol: 'submission' as const }
  const cases = [
    [sink, stranger, 'iqbal@example.com', 'mailbox'],
    [sink, stranger, 'iqbal+x@example.com', 'mailbox'],
    [sink, stranger, 'postmaster@', 'mailbox'],
    [sink, stranger, 'abuse@mail.example.com', 'mailbox'],
    [sink, stranger, 'nobody@example.com', 'unknown-user'],
    [sink, stranger, '../../evil@example.com', 'unknown-user'],
    [sink, stranger, 'off@example.com', 'disabled'],
    [sink, stranger, 'x@gmail.com', 'relay-denied'],
    [sink, neighbour, 'x@gmail.com', 'sink'],
    [sink, user, 'x@gmail.com', 'sink'],
    [refuse, stranger, 'x@gmail.com', 'relay-denied'],
    [refuse, neighbour, 'x@gmail.com', 'no-route'],
    [refuse, user, 'x@gmail.com', 'no-route'],
    [refuse, user, 'iqbal@example.com', 'mailbox'],
  ] as const
  for (const [it, client, to, wanted] of cases) {
    const verdict = await it.delivery.recipient(client, addressIn(to))
    const got = verdict.is === 'accepted' ? verdict.recipient.place.kind : verdict.is
    assert.equal(got, wanted, `${client.login || client.address} to ${to}`)
  }
})

everyEngine(
  'T002-16 a full mailbox is refused at RCPT, one that would overflow at the end',
  async (t, engine) => {
    const it = await house(t, { engine })
    await it.accounts.addAccount('small', 'amplop', { quotaBytes: 1_000_000 })
    await it.accounts.addAccount('two', 'amplop', { quotaMessages: 2 })
    await it.accounts.addAlias('team@example.com', ['tito', 'two'])
    const big = Buffer.alloc(2_000_000, 'x\r\n')
    await send(it, ['tito'], big)
    await assert.rejects(send(it, ['tito', 'small'], big), code('over-quota'))
    assert.equal((await bytesIn(it, await accountId(it, 'small'))).length, 0)
    assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 1, 'all or nothing')
    await send(it, ['two'], letter)
    await send(it, ['two'], letter)
    for (const to of ['two', 'team']) {
      const verdict = await it.delivery.recipient(stranger, addressIn(to))
      assert.equal(verdict.is, 'over-quota')
    }
    await it.mailboxes.setQuota(await accountId(it, 'two'), { quotaMessages: 0, quotaBytes: 0 })
    assert.equal((await it.delivery.recipient(stranger, addressIn('two'))).is, 'accepted')
  },
)

everyEngine('T000-18 an aborted message leaves nothing anywhere', async (t, engine) => {
  const it = await house(t, { engine })
  const intake = it.delivery.accept(await envelopeFor(it, ['tito', 'x@gmail.com']))
  await intake.write(Buffer.from(letter))
  intake.abort()
  intake.abort()
  await assert.rejects(intake.finish())
  assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 0)
  assert.deepEqual(await it.traces.list({ limit: 10 }), [])
  assert.deepEqual(await it.engine.run(listOwed, 10), [])
})

everyEngine(
  'T000-23 beyond the limit a message is too big, however it goes on',
  async (t, engine) => {
    const it = await house(t, { engine, sizeMaxBytes: 10_000 })
    const intake = it.delivery.accept(await envelopeFor(it, ['tito']))
    await intake.write(Buffer.alloc(10_000))
    await assert.rejects(async () => intake.write(Buffer.alloc(1)), code('too-big'))
    assert.equal(intake.write(Buffer.alloc(10_000)), undefined)
    await assert.rejects(intake.finish(), code('too-big'))
    await send(it, ['tito'], Buffer.alloc(10_000, 'x'))
    assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 1)
  },
)

everyEngine(
  'a message that went round, or has a header without end, is refused',
  async (t, engine) => {
    const it = await house(t, { engine })
    const hops = (count: number) =>
      `${'Received: x\r\n'.repeat(count)}\r\nReceived: in the body\r\n`
    await send(it, ['tito'], hops(50))
    await assert.rejects(send(it, ['tito'], hops(51)), code('loop'))
    await assert.rejects(send(it, ['tito'], 'A: b\r\n'.repeat(10_001)), code('bad-message'))
    await assert.rejects(send(it, ['tito'], 'A: bcdefghij\r\n'.repeat(90_000)), code('bad-message'))
  },
)

everyEngine(
  'T000-10 foreign recipients are kept in the sink, each of them owed and done',
  async (t, engine) => {
    const it = await house(t, { engine })
    const trace = await send(it, ['a@x.com', 'b@x.com', 'tito'], letter)
    const owed = await it.engine.run(listOwed, 10)
    assert.deepEqual(
      owed.map(({ message, sender, recipient, transport, state }) => [
        message,
        sender,
        recipient,
        transport,
        state,
      ]),
      [
        [trace.id, 'ana@example.net', 'a@x.com', 'sink', 'done'],
        [trace.id, 'ana@example.net', 'b@x.com', 'sink', 'done'],
      ],
    )
    assert.equal(trace.steps[3]?.said, 'a@x.com sink, b@x.com sink, tito@example.com INBOX')
  },
)

everyEngine(
  'T003-19 five hundred at once, same subject and recipient: each is kept once',
  async (t, engine) => {
    const it = await house(t, { engine, board: { everything: true, name: 'board' } })
    const account = await accountId(it, 'tito')
    const bodies = Array.from({ length: 500 }, (_, n) => `Subject: same\r\n\r\nnumber ${n}\r\n`)
    const live: Trace[] = []
    const listening = (async () => {
      for await (const trace of it.traces.live.listen()) {
        if (typeof trace !== 'symbol') live.push(trace)
        if (live.length === 500) return
      }
    })()
    await Promise.all(bodies.map((body) => send(it, ['tito'], body)))
    await listening
    const stored = await bytesIn(it, account)
    assert.deepEqual(stored.map(({ body }) => body.toString()).sort(), bodies.toSorted())
    assert.deepEqual(
      stored.map(({ uid }) => uid),
      bodies.map((_, n) => n + 1),
    )
    const [inbox] = await it.mailboxes.list(account).then((l) => l.filter((b) => b.id === 'inbox'))
    assert.equal(inbox?.messages, 500)
    assert.equal(inbox?.unseen, 500)
    assert.equal((await it.mailboxes.usage(account)).bytes, inbox?.bytes)
    const kept = await it.traces.list({ board: 'board', limit: 1_000 })
    assert.deepEqual(
      live.map(({ id }) => id),
      kept.toReversed().map(({ id }) => id),
      'told in the order in which a replay would tell them',
    )
  },
)

everyEngine('bytes that do not reach the disk take every row with them', async (t, engine) => {
  let failing = false
  const blobs = (real: Blobs): Blobs => ({
    create() {
      const writer = real.create()
      return {
        write: (chunk) => writer.write(chunk),
        get size() {
          return writer.size
        },
        async finish() {
          const staged = await writer.finish()
          if (!failing) return staged
          const synced = staged.synced.then(() => {
            throw new Refused('no-space', 'a full disk')
          })
          return { ref: staged.ref, synced }
        },
        abort: () => writer.abort(),
      }
    },
    read: (ref) => real.read(ref),
    readMany: (refs) => real.readMany(refs),
    stream: (ref, start, end) => real.stream(ref, start, end),
    close: () => real.close(),
  })
  const it = await house(t, { engine, blobs, board: { everything: true, name: 'board' } })
  const account = await accountId(it, 'tito')
  await send(it, ['tito'], letter)
  const live: Trace[] = []
  const listening = (async () => {
    for await (const trace of it.traces.live.listen()) {
      if (typeof trace !== 'symbol') live.push(trace)
      if (live.length === 2) return
    }
  })()
  failing = true
  await assert.rejects(send(it, ['tito', 'iqbal', 'x@gmail.com'], letter), code('no-space'))
  failing = false
  assert.equal((await bytesIn(it, account)).length, 1)
  assert.equal((await bytesIn(it, await accountId(it, 'iqbal'))).length, 0)
  assert.equal((await it.traces.list({ limit: 10 })).length, 1)
  assert.deepEqual(await it.engine.run(listOwed, 10), [])
  const [, second] = [await send(it, ['tito'], letter), await send(it, ['tito'], letter)]
  await listening
  assert.equal(live[1]?.id, second?.id, 'nobody heard of it, and what came after is told')
  const [inbox] = (await it.mailboxes.list(account)).filter(({ id }) => id === 'inbox')
  assert.equal(inbox?.messages, 3)
  assert.equal(inbox?.bytes, (await it.mailboxes.usage(account)).bytes)
})

everyEngine(
  'what was filed is there after a restart, and what follows is numbered on',
  async (t, engine) => {
    const folder = newFolder(t)
    const before = await openHouse(t, { engine, folder })
    await send(before, ['tito'], letter)
    await before.close()
    const after = await house(t, { engine, folder })
    await send(after, ['tito'], letter)
    const uids = (await bytesIn(after, await accountId(after, 'tito'))).map(({ uid }) => uid)
    assert.deepEqual(uids, [1, 2])
    assert.deepEqual(after.store.recovery.lost, [])
  },
)

everyEngine(
  'changes are told after the commit, in the order of their modseq',
  async (t, engine) => {
    const it = await house(t, { engine })
    const account = await accountId(it, 'tito')
    const seen: number[] = []
    const listening = (async () => {
      for await (const change of it.mailboxes.changes.listen()) {
        if (typeof change === 'symbol' || change.account !== account) continue
        const log = await it.messages.since({ account, mailbox: change.mailbox }, change.modseq - 1)
        const told = log?.changed.some(([, , , modseq]) => modseq === change.modseq)
        assert.ok(told, 'it is there for who is told')
        seen.push(change.modseq)
        if (seen.length === 20) return
      }
    })()
    await Promise.all(Array.from({ length: 20 }, () => send(it, ['tito', 'iqbal'], letter)))
    await listening
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
  },
)

everyEngine('an account that goes takes its mail, and leaves that of others', async (t, engine) => {
  const it = await house(t, { engine })
  const account = await accountId(it, 'iqbal')
  for (let n = 0; n < 20; n++) await send(it, ['iqbal', 'tito'], letter)
  await it.accounts.remove('iqbal')
  assert.deepEqual(await it.mailboxes.list(account), [])
  assert.deepEqual(await bytesIn(it, account), [])
  assert.equal((await bytesIn(it, await accountId(it, 'tito'))).length, 20)
  assert.equal((await it.delivery.recipient(stranger, addressIn('iqbal'))).is, 'unknown-user')
})
