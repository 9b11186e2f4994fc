import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { silentLog } from '../../base/log.ts'
import { ChangeFeed } from '../../mailbox/change-feed.ts'
import { everyEngine } from '../../store/testing/engines.ts'
import type { TestEngine } from '../../store/testing/places.ts'
import { usualRules, type Verdict } from '../../trust/spam/verdict.ts'
import type { Origin } from '../../trust/verdict.ts'
import { accountLife } from '../account-life.ts'
import type { Check } from '../checks/check.ts'
import { accountId, type House, openHouse, send, stranger } from '../testing/house.ts'
import { askKnowledge, forgetSpam, verdictsOn } from './spam-jobs.ts'
import { SpamSorter } from './spam-sorter.ts'
import { Trainer } from './trainer.ts'
import { verdictsAgain } from './verdicts.ts'

const proven: Origin = {
  iprev: { result: 'pass', name: 'mail.example.net' },
  spf: { result: 'pass', domain: 'example.net', why: 'ip4', explanation: '' },
  identity: 'mailfrom',
  dkim: [],
  arc: { result: 'none', instances: 0, sealers: [], seen: '', why: '' },
  dmarc: {
    ...({ result: 'none', from: 'example.net', domain: '', policy: 'none' } as const),
    ...{ testing: false, reportTo: [], spfAligned: true, dkimAligned: false, why: '' },
  },
}
const forged: Origin = {
  ...proven,
  spf: { ...proven.spf, result: 'fail' },
  dmarc: { ...proven.dmarc, spfAligned: false },
}

async function house(t: TestContext, engine: TestEngine, origin?: Origin) {
  const check: Check = {
    name: 'trust',
    look: async () => ({ is: 'taken', said: 'looked at', ...(origin ? { origin } : {}) }),
  }
  const late: { ports?: ConstructorParameters<typeof SpamSorter>[0] } = {}
  const options = { enabled: true, rules: usualRules }
  const sorter = {
    sort: (share: Parameters<SpamSorter['sort']>[0]) => {
      assert.ok(late.ports)
      return new SpamSorter(late.ports, () => options).sort(share)
    },
  }
  const opened = await openHouse(t, { engine, checks: [check], sorters: [sorter] })
  late.ports = { engine: opened.engine, log: silentLog, now: Date.now }
  const trainer = new Trainer({
    engine: opened.engine,
    blobs: opened.store.blobs,
    changes: new ChangeFeed(),
    log: silentLog,
    now: Date.now,
    without: 'boards',
  })
  t.after(async () => {
    await trainer.stop()
    await opened.close()
  })
  const tito = await accountId(opened, 'tito@example.com')
  await trainer.settle()
  return { ...opened, trainer, tito }
}

type Opened = Awaited<ReturnType<typeof house>>

function letter(subject: string, text: string, from = 'ana@example.net', more = ''): string {
  const date = new Date().toUTCString().replace('GMT', '+0000')
  const head = `Date: ${date}\nMessage-ID: <${subject.replace(/\W/g, '')}@example.net>\n${more}`
  return `${head}From: <${from}>\nSubject: ${subject}\n\n${text}\n`.replaceAll('\n', '\r\n')
}

/** Rows have no prototype. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

/** Mail does not wait for it, so it may come a little later. */
async function keptVerdict({ engine }: House, message: string): Promise<string> {
  for (let asked = 0; asked < 1000; asked++) {
    const [kept] = await engine.run(verdictsOn, message)
    if (kept) return kept.verdict
    await nextTurn()
  }
  throw new Error('no verdict was kept')
}

async function counts(it: House, account: string) {
  const list = await it.mailboxes.list(account)
  const of = (role: string) => list.find((box) => box.role === role)?.messages
  return { inbox: of('inbox'), junk: of('junk') }
}

async function moveAll(it: Opened, from: string, to: string): Promise<void> {
  const where = { account: it.tito, mailbox: from }
  await it.messages.move(where, [[1, 1_000_000]], to)
}

everyEngine(
  'what nobody vouches for and looks bad goes to Junk, and says why',
  async (t, engine) => {
    const it = await house(t, engine, forged)
    const trace = await send(it, ['tito'], letter('Hi', 'Hello'), stranger)
    assert.deepEqual(await counts(it, it.tito), { inbox: 0, junk: 1 })
    const said = trace.steps.find(({ step }) => step === 'sorted')?.said ?? ''
    assert.match(said, /^Junk, 6 of 5 points: nothing proves that it comes from example\.net; /)
    assert.match(said, /It would have gone to Inbox if it had a signature of example\.net/)
    const verdict = JSON.parse(await keptVerdict(it, trace.id)) as Verdict
    assert.deepEqual(
      verdict.signals.map(({ name }) => name),
      ['unproven', 'spf-failed', 'first-contact'],
    )
    const [again] = await verdictsAgain(it.engine, trace.id, 7)
    assert.equal(again?.address, 'tito@example.com')
    assert.match(again?.was ?? '', /^Junk, 6 of 5 points: /)
    assert.match(again?.now ?? '', /^Inbox, 6 of 7 points/)
    assert.equal(await it.engine.run(forgetSpam, Date.now() + 1), false)
    assert.deepEqual(await it.engine.run(verdictsOn, trace.id), [])
  },
)

everyEngine('a neighbour is not judged', async (t, engine) => {
  const it = await house(t, engine, forged)
  await send(it, ['tito'], letter('Hi', 'Hello'))
  assert.deepEqual(await counts(it, it.tito), { inbox: 1, junk: 0 })
})

everyEngine('moving mail to Junk and out of it teaches, once', async (t, engine) => {
  const it = await house(t, engine)
  await send(it, ['tito'], letter('Offer', 'cheap watches'), stranger)
  await moveAll(it, 'inbox', 'junk')
  await it.trainer.settle()
  await it.trainer.settle()
  const ask = { account: it.tito, words: ['watches'], senders: ['ana@example.net'], answered: [] }
  const taught = await it.engine.run(askKnowledge, ask)
  const lesson = {
    learnt: { junk: 1, wanted: 0 },
    words: [{ word: 'watches', junk: 1, wanted: 0 }],
  }
  assert.deepEqual(plain(taught.own), lesson)
  assert.deepEqual(plain(taught.shared), lesson)
  assert.deepEqual(plain(taught.senders), [
    { sender: 'ana@example.net', junk: 1, wanted: 0, sent: 0 },
  ])
  await moveAll(it, 'junk', 'inbox')
  await it.trainer.settle()
  const retracted = await it.engine.run(askKnowledge, ask)
  assert.deepEqual(plain(retracted.own.learnt), { junk: 0, wanted: 1 })
  assert.deepEqual(plain(retracted.senders), [
    { sender: 'ana@example.net', junk: 0, wanted: 1, sent: 0 },
  ])
})

everyEngine('what we put into Junk teaches nothing', async (t, engine) => {
  const it = await house(t, engine, forged)
  await send(it, ['tito'], letter('Offer', 'watches', 'x@a.example'), stranger)
  await it.trainer.settle()
  const ask = { account: it.tito, words: ['watches'], senders: [], answered: [] }
  const { own } = await it.engine.run(askKnowledge, ask)
  assert.deepEqual(
    [(await counts(it, it.tito)).junk, { ...own.learnt }],
    [1, { junk: 0, wanted: 0 }],
  )
})

everyEngine('junk is known by its words after a few lessons', async (t, engine) => {
  const it = await house(t, engine)
  for (let n = 0; n < 6; n++)
    await send(
      it,
      ['tito'],
      letter(`Offer ${n}`, `cheap watches casino ${n}`, `x${n}@spam.example`),
      stranger,
    )
  await moveAll(it, 'inbox', 'junk')
  await it.trainer.settle()
  for (let n = 0; n < 6; n++)
    await send(it, ['tito'], letter(`Plan ${n}`, `meeting agenda minutes ${n}`), stranger)
  await moveAll(it, 'inbox', 'junk')
  await it.trainer.settle()
  await it.messages.move({ account: it.tito, mailbox: 'junk' }, [[7, 12]], 'inbox')
  await it.trainer.settle()
  const wanted = await send(
    it,
    ['tito'],
    letter('Plan', 'meeting agenda', 'new@b.example'),
    stranger,
  )
  const junk = await send(
    it,
    ['tito'],
    letter('Offer', 'casino watches', 'new@c.example'),
    stranger,
  )
  const said = (trace: typeof junk) => trace.steps.find(({ step }) => step === 'sorted')?.said ?? ''
  assert.match(said(wanted), /^Inbox, .*its words are those of mail that was wanted/)
  assert.match(said(junk), /^Junk, .*its words are those of junk \(.*(casino|watches)/)
})

everyEngine('whom one writes to is no stranger, and an answer is known', async (t, engine) => {
  const it = await house(t, engine, proven)
  const text = it.messages.letter(10_000)
  await text.write(Buffer.from('Message-ID: <own@x>\r\nTo: Ana@Example.net\r\n\r\nHi\r\n'))
  const sealed = { letter: await text.seal(), flags: [], receivedAt: Date.now() }
  await it.messages.append({ account: it.tito, mailbox: 'sent' }, [sealed])
  await it.trainer.settle()
  const known = await send(it, ['tito'], letter('Hi', 'Hello'), stranger)
  const more = 'In-Reply-To: <own@x>\n'
  const answer = await send(it, ['tito'], letter('Re', 'Yes', 'bob@b.example', more), stranger)
  assert.deepEqual(await counts(it, it.tito), { inbox: 2, junk: 0 })
  const said = (trace: typeof known) => trace.steps.find(({ step }) => step === 'sorted')?.said
  assert.match(said(known) ?? '', /you wrote to ana@example\.net before/)
  assert.match(said(answer) ?? '', /it answers a message that you sent/)
})

everyEngine('an account that is closed leaves nothing of what it taught', async (t, engine) => {
  const it = await house(t, engine)
  await send(it, ['tito'], letter('Offer', 'watches'), stranger)
  await moveAll(it, 'inbox', 'junk')
  await it.trainer.settle()
  while (!(await it.engine.run(accountLife.close, { account: it.tito })));
  const ask = { account: it.tito, words: ['watches'], senders: ['ana@example.net'], answered: [] }
  const { own, senders } = await it.engine.run(askKnowledge, ask)
  assert.deepEqual(plain([own.learnt, own.words, senders]), [{ junk: 0, wanted: 0 }, [], []])
})
