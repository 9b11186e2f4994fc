import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { everyEngine } from '../../store/testing/engines.ts'
import type { TestEngine } from '../../store/testing/places.ts'
import { Mailroom } from '../mailroom.ts'
import { findMarks } from '../mark-jobs.ts'
import { Marks } from '../marks.ts'
import { forwardKind, singleton, vacationKind } from '../rules/settings.ts'
import { Scripts } from '../scripts.ts'
import { SieveSorter } from '../sieve-sorter.ts'
import type { Sorter } from '../sorting.ts'
import { accountId, bytesIn, openHouse, send, stranger } from '../testing/house.ts'
import { Answers } from './answers.ts'

/** A house whose clock is ours, and in which Ana, elsewhere, is a mailbox here: iqbal's. */
async function house(t: TestContext, engine: TestEngine) {
  const clock = { now: Date.UTC(2026, 10, 29) }
  const late: { sorter?: Sorter } = {}
  const it = await openHouse(t, {
    engine,
    sorters: [{ sort: (share) => late.sorter?.sort(share) }],
  })
  t.after(() => it.close())
  const now = () => clock.now
  const scripts = new Scripts({ ...it, records: it.accounts.records, now })
  const own = { ...it, now, log: silentLog, mailroom: new Mailroom(it.mailboxes) }
  const ports = { ...own, serverName: 'mail.example.com' }
  const answers = new Answers({ ...ports, delivery: () => it.delivery })
  const reports = { rejected: async () => {} }
  late.sorter = new SieveSorter({ ...ports, scripts, answers, reports, foreign: 'sink' })
  const [tito, iqbal] = [
    await accountId(it, 'tito@example.com'),
    await accountId(it, 'iqbal@example.com'),
  ]
  const use = async (script: string) => {
    assert.deepEqual(await scripts.put(tito, 'main', script), [])
    await scripts.activate(tito, 'main')
  }
  /** What the trace says of it; answers are on disk then. */
  const from = async (sender: string, header: string, text = 'hello') => {
    const intake = it.delivery.accept({
      ...{ id: it.nextId(), client: { ...stranger, trusted: true }, began: performance.now() },
      from: sender === '' ? null : { local: sender.split('@')[0]!, domain: sender.split('@')[1]! },
      recipients: [await recipient(it, 'tito@example.com')],
      smtpUtf8: false,
    })
    await intake.write(
      Buffer.from(`From: ${sender || 'x@example.net'}\r\n${header}\r\n\r\n${text}\r\n`),
    )
    const { id } = await intake.finish()
    return (await it.traces.get(id))?.steps.find(({ step }) => step === 'sorted')?.said ?? ''
  }
  /** Answers go after the commit: as many as are awaited. */
  const answered = async (wanted: number) => {
    for (;;) {
      const all = await bytesIn(it, iqbal)
      if (all.length >= wanted)
        return all.map(({ prefix, body }) => ({ prefix, text: body.toString() }))
      await turn()
    }
  }
  return { ...it, clock, scripts, tito, iqbal, use, from, answered }
}

/** Lets what goes on by itself go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

async function recipient(it: Awaited<ReturnType<typeof openHouse>>, address: string) {
  const [local = '', domain = ''] = address.split('@')
  const verdict = await it.delivery.recipient({ ...stranger, trusted: true }, { local, domain })
  if (verdict.is !== 'accepted') throw new Error(verdict.is)
  return verdict.recipient
}

const iqbal = 'iqbal@example.com'
const named = 'To: tito@example.com\r\nSubject: lunch\r\nMessage-ID: <a@example.com>'

everyEngine(
  'who writes is answered once, by the null path, until it is forgotten',
  async (t, engine) => {
    const it = await house(t, engine)
    await it.use('require "vacation"; vacation :days 2 :subject "Away" "back on Monday";')
    assert.equal(await it.from(iqbal, named), 'answered to iqbal@example.com')
    const [first] = await it.answered(1)
    assert.match(first?.prefix ?? '', /^Return-Path: <>/)
    for (const line of [
      ...['From: tito@example.com', 'To: iqbal@example.com', 'Subject: Away'],
      ...['In-Reply-To: <a@example.com>', 'Auto-Submitted: auto-replied (vacation)'],
    ])
      assert.ok(first?.text.includes(`${line}\r\n`), line)
    assert.match(first?.text ?? '', /back on Monday/)
    const again = 'not answered: iqbal@example.com was answered before'
    assert.equal(await it.from(iqbal, named), again)
    it.clock.now += 47 * 3_600_000
    assert.equal(await it.from(iqbal, named), again)
    it.clock.now += 2 * 3_600_000
    assert.equal(await it.from(iqbal, named), 'answered to iqbal@example.com')
    assert.equal((await it.answered(2)).length, 2)
  },
)

const unanswered: readonly (readonly [from: string, header: string, why: string])[] = [
  ['', named, 'it has no sender'],
  ['mailer-daemon@example.com', named, 'its sender is no person'],
  ['owner-list@example.com', named, 'its sender is no person'],
  ['no-reply@example.com', named, 'its sender is no person'],
  ['tito+x@example.com', named, 'it is from oneself'],
  [iqbal, 'To: everybody@example.com', 'it does not name the recipient'],
  [iqbal, `${named}\r\nAuto-Submitted: auto-replied`, 'a machine sent it'],
  [iqbal, `${named}\r\nList-Id: <list.example.com>`, 'it is of a mailing list'],
  [iqbal, `${named}\r\nPrecedence: bulk`, 'it is bulk mail'],
  [iqbal, `${named}\r\nX-Auto-Response-Suppress: OOF, DR`, 'it asks for no answer'],
]

everyEngine('lists, machines, bulk mail and oneself are not answered', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('require "vacation"; vacation "away";')
  for (const [from, header, why] of unanswered)
    assert.equal(await it.from(from, header), `not answered: ${why}`, header)
  assert.deepEqual(await bytesIn(it, it.iqbal), [])
})

everyEngine('an absence is set without a script, with dates and HTML', async (t, engine) => {
  const it = await house(t, engine)
  const { records } = it.accounts
  const value = {
    ...{ isEnabled: true, fromDate: '2026-11-30T00:00:00Z', toDate: '2026-12-02T00:00:00Z' },
    ...{ subject: 'On holiday', textBody: 'I am away', htmlBody: '<p>I am <b>away</b></p>' },
  }
  await records.change({ account: it.tito, kind: vacationKind }, [{ id: singleton, value }])
  assert.equal(await it.from(iqbal, named), '')
  it.clock.now = Date.parse('2026-11-30T00:00:01Z')
  assert.equal(await it.from(iqbal, named), 'answered to iqbal@example.com')
  const [answer] = await it.answered(1)
  assert.match(answer?.text ?? '', /Subject: On holiday\r\n/)
  assert.match(answer?.text ?? '', /multipart\/alternative/)
  assert.match(answer?.text ?? '', /I am <b>away<\/b>/)
  await it.use('require "reject"; reject "no";')
  await assert.rejects(it.from('ana@example.net', named))
  await it.scripts.activate(it.tito, '')
  it.clock.now = Date.parse('2026-12-02T00:00:00Z')
  assert.equal(await it.from('ana@example.net', named), '')
})

everyEngine('a forward is set without a script, with and without a copy', async (t, engine) => {
  const it = await house(t, engine)
  const { records } = it.accounts
  const count = async () => (await bytesIn(it, it.tito)).length
  const set = (keepCopy: boolean) =>
    records.change({ account: it.tito, kind: forwardKind }, [
      { id: singleton, value: { isEnabled: true, addresses: ['ana@elsewhere.example'], keepCopy } },
    ])
  await set(true)
  assert.equal(await it.from(iqbal, named), 'redirected to ana@elsewhere.example')
  assert.equal(await count(), 1)
  await set(false)
  assert.equal(await it.from(iqbal, named), 'redirected to ana@elsewhere.example')
  assert.equal(await count(), 1)
  await it.use('discard;')
  assert.equal(await it.from(iqbal, named), 'discarded by line 1')
})

everyEngine('a message that came before is known, until that is forgotten', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('require ["duplicate","fileinto","mailbox"]; if duplicate :seconds 60 { discard; }')
  assert.equal(await it.from(iqbal, named), '')
  let said = await it.from(iqbal, named)
  // The mark is left after the commit, which is told before.
  while (said === '') {
    await turn()
    said = await it.from(iqbal, named)
  }
  assert.equal(said, 'discarded by line 1')
  it.clock.now += 61_000
  assert.equal(await it.from(iqbal, named), '')
  it.clock.now += 3_600_000
  await new Marks({ engine: it.engine, log: silentLog, now: () => it.clock.now }).forget()
  const left = await it.engine.run(findMarks, { account: it.tito, marks: ['x'], now: 0 })
  assert.deepEqual(left, [])
})

everyEngine('a notification goes out, with a copy where that is wished', async (t, engine) => {
  const it = await house(t, engine)
  await it.use(
    'require ["enotify","fcc","mailbox"]; notify :importance "1" :fcc "Told" :create ' +
      ':message "New mail" "mailto:iqbal@example.com";',
  )
  assert.equal(await it.from('ana@example.net', named), 'notified iqbal@example.com')
  const [notice] = await it.answered(1)
  assert.match(notice?.text ?? '', /Auto-Submitted: auto-notified; owner-email="tito@example.com"/)
  assert.match(notice?.text ?? '', /Importance: high/)
  const told = async () => (await it.mailboxes.select(it.tito, 'Told'))?.box.messages ?? 0
  while ((await told()) < 1) await turn()
  const robot = await it.from('ana@example.net', `${named}\r\nAuto-Submitted: auto-generated`)
  assert.equal(robot, 'not notified iqbal@example.com: a machine sent it')
})

everyEngine('an edited header is what is filed, and the rest is as it came', async (t, engine) => {
  const it = await house(t, engine)
  await it.use(
    'require ["editheader","fileinto","mailbox","copy"]; fileinto :copy :create "Before";' +
      'addheader "X-Seen" "sí"; deleteheader "subject"; keep;',
  )
  await send(it, ['tito'], `From: ana@example.net\r\n${named}\r\n\r\ntext\r\n`)
  const [kept] = await bytesIn(it, it.tito)
  assert.match(kept?.body.toString() ?? '', /^X-Seen: =\?UTF-8\?/)
  assert.doesNotMatch(kept?.body.toString() ?? '', /subject/i)
  assert.match(kept?.body.toString() ?? '', /\r\n\r\ntext\r\n$/)
  const before = await it.mailboxes.named(it.tito, 'Before')
  const [plain] = await bytesIn(it, it.tito, before?.id)
  assert.match(plain?.body.toString() ?? '', /Subject: lunch/)
})
