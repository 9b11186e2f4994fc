import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { silentLog } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { everyEngine } from '../store/testing/engines.ts'
import type { TestEngine } from '../store/testing/places.ts'
import { accountLife } from './account-life.ts'
import { Answers } from './answers/answers.ts'
import { auditOwners } from './audit.ts'
import { Mailroom } from './mailroom.ts'
import { Scripts } from './scripts.ts'
import { SieveSorter } from './sieve-sorter.ts'
import type { Share, Sorted, Sorter } from './sorting.ts'
import { accountId, bytesIn, openHouse, send } from './testing/house.ts'

const letter = 'Subject: hello\r\nFrom: ana@example.net\r\n\r\ntext\r\n'

/** A house whose mail the scripts filter; what was rejected beside others is noted. */
async function house(t: TestContext, engine: TestEngine, before: readonly Sorter[] = []) {
  const rejected: string[] = []
  const late: { sorter?: Sorter } = {}
  const sieve: Sorter = { sort: (share) => late.sorter?.sort(share) }
  const it = await openHouse(t, { engine, sorters: [...before, sieve] })
  t.after(() => it.close())
  const { records } = it.accounts
  const scripts = new Scripts({ ...it, records })
  const mailroom = new Mailroom(it.mailboxes)
  const own = { ...it, log: silentLog, mailroom, serverName: 'mail.example.com' }
  const answers = new Answers({ ...own, delivery: () => it.delivery })
  late.sorter = new SieveSorter({
    ...{ ...own, scripts, answers, foreign: 'sink' },
    reports: {
      rejected: async (_, { local }, reason) => void rejected.push(`${local}: ${reason}`),
    },
  })
  const tito = await accountId(it, 'tito@example.com')
  const use = async (script: string) => {
    assert.deepEqual(await scripts.put(tito, 'main', script), [])
    await scripts.activate(tito, 'main')
  }
  const said = async (id: string) =>
    (await it.traces.get(id))?.steps.find(({ step }) => step === 'sorted')?.said
  const count = async (name: string) => (await it.mailboxes.select(tito, name))?.box.messages
  return { ...it, scripts, tito, use, said, count, rejected, sorter: late.sorter }
}

everyEngine('a script files a copy, flags it, and says by which rule', async (t, engine) => {
  const it = await house(t, engine)
  await it.use(
    'require ["fileinto","imap4flags","mailbox","copy"];\r\n# rule: Greetings\r\n' +
      'if header :contains "subject" "hello" {' +
      'fileinto :create :copy :flags ["\\\\Seen","nice"] "Work/New"; }',
  )
  const { id } = await send(it, ['iqbal', 'tito'], letter)
  assert.equal(await it.said(id), "filed into Work/New by the rule 'Greetings'")
  const made = await it.mailboxes.select(it.tito, 'Work/New')
  assert.deepEqual([made?.box.messages, made?.box.unseen], [1, 0])
  assert.equal(await it.count('INBOX'), 1)
  assert.deepEqual(await it.engine.run(auditOwners, undefined), [])
})

everyEngine('a special use comes before a name, and a missing mailbox keeps', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('require ["fileinto","special-use"]; fileinto :specialuse "\\\\Junk" "Spam";')
  await send(it, ['tito'], letter)
  assert.equal(await it.count('Junk'), 1)
  await it.use('require "fileinto"; fileinto "Nowhere";')
  const { id } = await send(it, ['tito'], letter)
  assert.equal(await it.said(id), 'kept: there is no mailbox Nowhere')
  assert.equal(await it.count('INBOX'), 1)
})

everyEngine('discard leaves nothing, and a run that fails keeps', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('discard;')
  await send(it, ['tito'], letter)
  assert.equal(await it.count('INBOX'), 0)
  await it.use('require "ihave"; error "oh dear";')
  const { id } = await send(it, ['tito'], letter)
  assert.match((await it.said(id)) ?? '', /^kept: the script 'main' failed: .*oh dear/)
  assert.equal(await it.count('INBOX'), 1)
})

everyEngine('a rejection is a 550, or a report where others take it', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('require "reject"; reject "no, thanks";')
  await assert.rejects(
    send(it, ['tito'], letter),
    (error: unknown) => error instanceof Refused && error.filter?.reply?.text === 'no, thanks',
  )
  assert.deepEqual(it.rejected, [])
  await send(it, ['iqbal', 'tito'], letter)
  assert.deepEqual(it.rejected, ['tito: no, thanks'])
  assert.equal(await it.count('INBOX'), 0)
})

everyEngine('a redirection goes out, and never twice', async (t, engine) => {
  const it = await house(t, engine)
  await it.use('redirect "ana@elsewhere.example";')
  const trace = await send(it, ['tito'], letter)
  assert.equal(trace.recipients[0]?.place, 'sink')
  const again = await send(it, ['tito'], `Delivered-To: tito@example.com\r\n${letter}`)
  assert.equal(again.recipients[0]?.place, 'mailbox')
  assert.equal(await it.said(again.id), 'kept: not redirected to ana@elsewhere.example again')
})

everyEngine('what a sorter before it chose is what keep keeps', async (t, engine) => {
  const junk = {
    sort: async ({ place }: Share): Promise<Sorted> => ({
      places: [{ ...place, mailbox: 'junk' }],
      said: '',
    }),
  }
  const it = await house(t, engine, [junk])
  await it.use('if header :is "subject" "hello" { stop; } discard;')
  await send(it, ['tito'], letter)
  assert.equal(await it.count('Junk'), 1)
})

everyEngine('one script is active, and none costs nothing', async (t, engine) => {
  const it = await house(t, engine)
  const { scripts, tito } = it
  await send(it, ['tito'], letter)
  assert.equal(scripts.hasNone(tito), true)
  await it.use('discard;')
  assert.equal(scripts.hasNone(tito), false)
  await scripts.put(tito, 'other', 'keep;')
  await scripts.activate(tito, 'other')
  const active = async () =>
    (await scripts.list(tito)).filter((each) => each.active).map(({ name }) => name)
  assert.deepEqual(await active(), ['other'])
  await assert.rejects(scripts.remove(tito, 'other'), /is active/)
  await scripts.rename(tito, 'other', 'third')
  assert.deepEqual(await active(), ['third'])
  await assert.rejects(scripts.rename(tito, 'third', 'main'), /exists/)
  await scripts.remove(tito, 'main')
  assert.equal(await scripts.get(tito, 'main'), undefined)
  await scripts.activate(tito, '')
  await send(it, ['tito'], letter)
  assert.equal(scripts.hasNone(tito), true)
  assert.equal(await it.count('INBOX'), 2)
})

everyEngine('scripts are proved, bounded, and go with the account', async (t, engine) => {
  const {
    scripts,
    tito,
    engine: store,
    bytes,
  } = await house(t, engine).then((it) => ({
    ...it,
    bytes: () => bytesIn(it, it.tito),
  }))
  assert.equal((await scripts.put(tito, 'bad', 'frop;'))[0]?.line, 1)
  await assert.rejects(scripts.put(tito, 'a\nb', 'keep;'), /bad-value/)
  await assert.rejects(scripts.put(tito, 'big', '#'.repeat(300_000)), /too-big/)
  for (let n = 0; n < 4; n++) await scripts.put(tito, `s${n}`, `#${'x'.repeat(250_000)}\n`)
  await assert.rejects(scripts.put(tito, 's4', `#${'x'.repeat(250_000)}\n`), /over-quota/)
  assert.equal((await scripts.list(tito)).length, 4)
  while (!(await store.run(accountLife.close, { account: tito })));
  assert.deepEqual(await scripts.list(tito), [])
  await assert.rejects(scripts.put(tito, 'late', 'keep;'), /not-found/)
  assert.deepEqual(await bytes(), [])
})
