import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { fc } from '../base/testing/property.ts'
import { engines } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import type { Objects } from './objects-since.ts'
import { boxOf, flagsIn, type Mail, openMail, putMany } from './testing/mail.ts'
import { rangesOf, type UidRange, uidRanges } from './uid-set.ts'

/** A mailbox as anybody would write it down. */
interface PlainMessage {
  readonly email: string
  flags: Set<string>
}
type PlainBox = Map<number, PlainMessage>

class Model {
  readonly boxes = new Map<string, PlainBox>(
    ['inbox', 'archive', 'trash'].map((id) => [id, new Map()]),
  )
  readonly next = new Map<string, number>()
  readonly aside: { readonly mailbox: string; readonly message: PlainMessage }[] = []

  box(id: string): PlainBox {
    return this.boxes.get(id) ?? assert.fail(id)
  }

  add(id: string, message: PlainMessage): number {
    const uid = this.next.get(id) ?? 1
    this.next.set(id, uid + 1)
    this.box(id).set(uid, message)
    return uid
  }

  fitting(id: string, ranges: readonly UidRange[]): number[] {
    return [...this.box(id).keys()].filter((uid) =>
      ranges.some(([first, last]) => uid >= first && uid <= last),
    )
  }

  emails(): Set<string> {
    const live = [...this.boxes.values()].flatMap((box) => [...box.values()])
    return new Set(live.filter(({ flags }) => !flags.has('\\Deleted')).map(({ email }) => email))
  }
}

const names = ['\\Seen', '\\Flagged', '\\Deleted', '\\Draft', '$Forwarded', 'note', 'X-3']
const mailbox = fc.constantFrom('inbox', 'archive', 'trash')
const uids = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 14 }), fc.integer({ min: 0, max: 6 })), {
    minLength: 1,
    maxLength: 3,
  })
  .map((pairs) => pairs.map(([first, more]): UidRange => [first, first + more]))
const flags = fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 })

type Step =
  | { is: 'append'; mailbox: string; flags: string[]; count: number }
  | {
      is: 'flags'
      mailbox: string
      uids: UidRange[]
      mode: 'add' | 'remove' | 'replace'
      flags: string[]
    }
  | { is: 'carry'; mailbox: string; uids: UidRange[]; target: string; move: boolean }
  | { is: 'expunge'; mailbox: string; uids: UidRange[]; onlyDeleted: boolean }
  | { is: 'restore'; nth: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    is: fc.constant('append' as const),
    mailbox,
    flags,
    count: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    is: fc.constant('flags' as const),
    mailbox,
    uids,
    mode: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const),
    flags,
  }),
  fc.record({
    is: fc.constant('carry' as const),
    mailbox,
    uids,
    target: mailbox,
    move: fc.boolean(),
  }),
  fc.record({ is: fc.constant('expunge' as const), mailbox, uids, onlyDeleted: fc.boolean() }),
  fc.record({ is: fc.constant('restore' as const), nth: fc.nat(20) }),
)

/** The same step on the mail and on the model. */
async function take(mail: Mail, model: Model, step: Step): Promise<void> {
  switch (step.is) {
    case 'append': {
      const texts = Array.from({ length: step.count }, () => 'Subject: x\r\n\r\nx\r\n')
      const appended = await putMany(mail, texts, step)
      for (const { uid, email } of appended)
        assert.equal(uid, model.add(step.mailbox, { email, flags: new Set(step.flags) }))
      return
    }
    case 'flags':
      return takeFlags(mail, model, step)
    case 'carry':
      return takeCarry(mail, model, step)
    case 'expunge': {
      const place = { account: 'a1', mailbox: step.mailbox }
      const expunged = await mail.messages.expunge(place, step.uids, step.onlyDeleted)
      const box = model.box(step.mailbox)
      const wanted = model
        .fitting(step.mailbox, step.uids)
        .filter((uid) => !step.onlyDeleted || box.get(uid)!.flags.has('\\Deleted'))
      assert.deepEqual([...expunged.uids], wanted)
      for (const uid of wanted) {
        model.aside.push({ mailbox: step.mailbox, message: box.get(uid)! })
        box.delete(uid)
      }
      return
    }
    case 'restore': {
      const email = model.aside[step.nth % Math.max(1, model.aside.length)]?.message.email
      if (email === undefined) return
      const restored = await mail.undelete.restore('a1', [email])
      for (const each of restored) {
        const at = model.aside.findIndex(
          (a) => a.message.email === email && a.mailbox === each.mailbox,
        )
        const [aside] = model.aside.splice(at, 1)
        aside!.message.flags.delete('\\Deleted')
        assert.equal(each.uid, model.add(each.mailbox, aside!.message))
      }
      assert.ok(!model.aside.some(({ message }) => message.email === email))
    }
  }
}

async function takeFlags(mail: Mail, model: Model, step: Step & { is: 'flags' }) {
  const order = { account: 'a1', mailbox: step.mailbox, uids: step.uids, mode: step.mode }
  const flagged = await mail.messages.setFlags({ ...order, flags: step.flags })
  const changed: number[] = []
  for (const uid of model.fitting(step.mailbox, step.uids)) {
    const message = model.box(step.mailbox).get(uid)!
    const before = [...message.flags].sort().join(' ')
    const after = new Set(step.mode === 'replace' ? [] : message.flags)
    for (const flag of step.flags) step.mode === 'remove' ? after.delete(flag) : after.add(flag)
    message.flags = after
    if ([...after].sort().join(' ') !== before) changed.push(uid)
  }
  assert.deepEqual([...flagged.uids], changed, 'what differs, and nothing else')
}

async function takeCarry(mail: Mail, model: Model, step: Step & { is: 'carry' }) {
  const from = { account: 'a1', mailbox: step.mailbox }
  const verb = step.move ? 'move' : 'copy'
  const copied = await mail.messages[verb](from, step.uids, step.target)
  const wanted = model.fitting(step.mailbox, step.uids)
  assert.deepEqual([...copied.from], wanted)
  for (const [n, uid] of wanted.entries()) {
    const { email, flags } = model.box(step.mailbox).get(uid)!
    const made = model.add(step.target, { email, flags: new Set(flags) })
    assert.equal(made, copied.first + n)
    if (step.move) model.box(step.mailbox).delete(uid)
  }
}

/** What a client knows that only ever asks what changed. */
class Client {
  readonly boxes = new Map<string, { modseq: number; uids: Map<number, string> }>()
  emails = new Set<string>()
  state = 1

  async follow(mail: Mail, ids: Iterable<string>): Promise<void> {
    const flagNames = await mail.messages.flagNames('a1')
    for (const id of ids) {
      const known = this.boxes.get(id) ?? { modseq: 1, uids: new Map() }
      this.boxes.set(id, known)
      const since = await mail.messages.since({ account: 'a1', mailbox: id }, known.modseq)
      assert.ok(since)
      assert.ok(since.modseq >= known.modseq, 'the modseq never goes back')
      for (const [first, last] of since.vanished ?? assert.fail('the log was cut'))
        for (let uid = first; uid <= last; uid++) known.uids.delete(uid)
      for (const [uid, flags, more, modseq] of since.changed) {
        assert.ok(modseq > known.modseq)
        known.uids.set(uid, [...flagNames.of(flags, more)].sort().join(' '))
      }
      known.modseq = since.modseq
    }
    for (let more = true; more; ) {
      const objects = await mail.messages.emailsSince('a1', this.state, 100)
      if (!objects) return assert.fail('cannot calculate')
      this.#take(objects)
      more = objects.more
    }
  }

  #take({ created, updated, destroyed, modseq }: Objects): void {
    for (const id of updated) assert.ok(this.emails.has(id), 'only what is known is updated')
    // One that was marked as deleted all along is told again: clients do not know it.
    for (const id of destroyed) this.emails.delete(id)
    for (const id of created) this.emails.add(id)
    assert.ok(modseq >= this.state)
    this.state = modseq
  }
}

async function agree(mail: Mail, model: Model): Promise<void> {
  let messages = 0
  let bytes = 0
  for (const [id, box] of model.boxes) {
    const wanted = [...box].map(([uid, { flags }]) => [uid, [...flags].sort().join(' ')])
    const got = (await flagsIn(mail, id)).map(([uid, text]) => [
      uid,
      text.split(' ').sort().join(' '),
    ])
    assert.deepEqual(got, wanted, id)
    const row = await boxOf(mail, id)
    const having = (...which: string[]) =>
      [...box.values()].filter(({ flags }) => which.some((name) => flags.has(name))).length
    assert.equal(row.messages, box.size)
    assert.equal(row.unseen, box.size - having('\\Seen'))
    assert.equal(row.unread, box.size - having('\\Seen', '\\Draft', '\\Deleted'))
    assert.equal(row.deleted, having('\\Deleted'))
    assert.equal(row.uidNext, model.next.get(id) ?? 1)
    messages += row.messages
    bytes += row.bytes
  }
  const usage = await mail.mailboxes.usage('a1')
  assert.deepEqual([usage.messages, usage.bytes], [messages, bytes])
}

async function property(t: TestContext, engine: TestEngine, runs: number): Promise<void> {
  let n = 0
  const sequences = fc.array(step, { minLength: 5, maxLength: 25 })
  const mail = await openMail(t, { engine })
  await fc.assert(
    fc.asyncProperty(sequences, fc.nat(4), async (steps, often) => {
      // A fresh account each time is as good as a fresh store.
      const account = `p${++n}`
      await mail.openAccount(account)
      const one = of(mail, account)
      const model = new Model()
      const clients = [new Client(), new Client()]
      for (const [at, step] of steps.entries()) {
        await take(one, model, step)
        if (at % (often + 1) === 0) await clients[0]!.follow(one, model.boxes.keys())
      }
      await agree(one, model)
      for (const client of clients) {
        await client.follow(one, model.boxes.keys())
        for (const [id, box] of model.boxes) {
          const wanted = [...box].map(([uid, { flags }]) => [uid, [...flags].sort().join(' ')])
          const known = [...client.boxes.get(id)!.uids].sort(([a], [b]) => a - b)
          assert.deepEqual(known, wanted, `${id} as put together from changes`)
        }
        assert.deepEqual([...client.emails].sort(), [...model.emails()].sort())
      }
    }),
    { numRuns: runs },
  )
}

/** The same mail, where "a1" means another account. */
function of(mail: Mail, account: string): Mail {
  const renamed = (value: unknown): unknown => {
    if (value === 'a1') return account
    if (typeof value !== 'object' || value === null || !('account' in value)) return value
    return { ...value, account }
  }
  const speaking = <T extends object>(target: T): T =>
    new Proxy(target, {
      get: (object, key) => {
        const member: unknown = Reflect.get(object, key, object)
        if (typeof member !== 'function') return member
        return (...args: unknown[]) => member.apply(object, args.map(renamed))
      },
    })
  return {
    ...mail,
    mailboxes: speaking(mail.mailboxes),
    messages: speaking(mail.messages),
    undelete: speaking(mail.undelete),
  }
}

for (const engine of engines)
  test(
    `any sequence of verbs leaves what a plain model says, as told by changes, on ${engine.name}`,
    { skip: engine.skip },
    (t) => property(t, engine, engine.name === 'SQLite' ? 60 : 12),
  )

test('sets of UIDs survive being written down', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 })), (list) => {
      const sorted = list.toSorted((a, b) => a - b)
      const text = rangesOf(sorted)
        .map(([a, b]) => (a === b ? `${a}` : `${a}:${b}`))
        .join(',')
      const back = uidRanges(text).flatMap(([a, b]) =>
        Array.from({ length: b - a + 1 }, (_, n) => a + n),
      )
      assert.deepEqual(back, sorted)
    }),
  )
})
