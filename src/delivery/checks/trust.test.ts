// What becomes of mail by where it is from: delivered with its proofs, refused, or kept apart.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { silentLog } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { everyEngine } from '../../store/testing/engines.ts'
import { sqlite, type TestEngine } from '../../store/testing/places.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { usualRules } from '../../trust/spam/verdict.ts'
import type { Sorter } from '../sorting.ts'
import { SpamSorter } from '../spam/spam-sorter.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  envelopeFor,
  type House,
  openHouse,
  stranger,
} from '../testing/house.ts'
import { SpamCheck } from './spam.ts'
import { TrustCheck, type TrustSettings } from './trust.ts'

const usual: TrustSettings = {
  enabled: true,
  onReject: 'reject',
  onQuarantine: 'quarantine',
  oneFrom: true,
  exemptDomains: [],
  arcSealers: [],
  blocklists: [],
  allowlists: [],
}
const zone = `
  good.example           TXT "v=spf1 ip4:192.0.2.9 -all"
  _dmarc.good.example    TXT "v=DMARC1; p=reject"
  victim.example         TXT "v=spf1 -all"
  _dmarc.victim.example  TXT "v=DMARC1; p=reject; sp=quarantine"
  news.victim.example    TXT "v=spf1 -all"
  unsure.example         TXT "v=spf1 include:slow.example -all"
  _dmarc.unsure.example  TXT "v=DMARC1; p=reject"
  9.2.0.192.list.example TXT on
  9.2.0.192.list.example A 127.0.0.2
  $FAIL slow.example TXT SERVFAIL
`

async function house(
  t: TestContext,
  settings: Partial<TrustSettings> = {},
  engine: TestEngine = sqlite,
) {
  const check = new TrustCheck({
    dns: new ZoneDns(zone),
    serverName: 'mail.example.com',
    settings: () => ({ ...usual, ...settings }),
    now: Date.now,
    log: silentLog,
  })
  const off = { enabled: false, rules: usualRules }
  const sorter: Sorter = {
    sort: (share) =>
      new SpamSorter({ engine: opened.engine, log: silentLog, now: Date.now }, () => off).sort(
        share,
      ),
  }
  const opened: House = await openHouse(t, {
    engine,
    checks: [check, new SpamCheck()],
    sorters: [sorter],
  })
  t.after(() => opened.close())
  const send = async (domain: string, text = letterFrom(domain), client = stranger) => {
    const envelope = await envelopeFor(opened, ['tito'], client)
    const intake = opened.delivery.accept({ ...envelope, from: addressIn(`ana@${domain}`) })
    await intake.write(Buffer.from(text))
    return await intake.finish()
  }
  return { ...opened, send }
}

function letterFrom(domain: string): string {
  return `From: ana@${domain}\r\nSubject: a\r\n\r\ntext\r\n`
}

function refusedWith(code: number, text: RegExp) {
  return (error: unknown) =>
    error instanceof Refused && error.filter?.reply?.code === code && text.test(error.message)
}

everyEngine('what is proved stands in the message and in its trace', async (t, engine) => {
  const it = await house(t, {}, engine)
  const trace = await it.send('good.example')
  const [message] = await bytesIn(it, await accountId(it, 'tito@example.com'))
  assert.match(message?.prefix ?? '', /^Authentication-Results: mail\.example\.com;\r\n iprev=/m)
  assert.match(message?.prefix ?? '', /dmarc=pass \(p=reject of good\.example\) header\.from=good/)
  const kept = await it.traces.get(trace.id)
  assert.equal(kept?.origin?.dmarc.result, 'pass')
  const step = kept?.steps.find((one) => one.step === 'filtered')
  assert.match(step?.said ?? '', /^trust: .*spf=pass \(good\.example\), dkim=none, dmarc=pass/)
})

test('the owner of a domain decides about what pretends to be from it', async (t) => {
  const it = await house(t)
  await assert.rejects(it.send('victim.example'), refusedWith(550, /dmarc=fail/))
  const trace = await it.send('news.victim.example')
  assert.deepEqual(
    trace.recipients.map(({ place }) => place),
    ['quarantine'],
  )
  await assert.rejects(it.send('unsure.example'), refusedWith(451, /temperror/))
})

test('settings and exemptions soften it', async (t) => {
  const lax = await house(t, { onReject: 'accept' })
  assert.equal((await lax.send('victim.example')).accepted, true)
  const exempt = await house(t, { exemptDomains: ['victim.example'] })
  assert.equal((await exempt.send('victim.example')).origin?.dmarc.result, 'fail')
  const off = await house(t, { enabled: false })
  assert.equal((await off.send('victim.example')).origin, undefined)
})

test('who logged in or is a trusted neighbour is not checked', async (t) => {
  const it = await house(t)
  const login = { ...stranger, protocol: 'submission', login: 'tito@example.com' } as const
  const near = { ...stranger, trusted: true }
  const mine = letterFrom('example.com').replace('ana@', 'tito@')
  assert.equal((await it.send('example.com', mine, login)).origin, undefined)
  assert.equal((await it.send('victim.example', undefined, near)).origin, undefined)
})

test('one author only, and none but us says what we found', async (t) => {
  const it = await house(t)
  for (const from of ['From: nobody\r\n', 'From: a@good.example\r\nFrom: b@good.example\r\n'])
    await assert.rejects(it.send('good.example', `${from}Subject: a\r\n\r\nx\r\n`), (error) =>
      refusedWith(550, /From field/)(error),
    )
  const forged = 'Authentication-Results: MAIL.example.com 1;\r\n dmarc=pass\r\n'
  const other = 'Authentication-Results: mx.example.net; dmarc=fail\r\n'
  const rest = `${other}From: ana@good.example\r\n\r\n${'long '.repeat(400_000)}\r\n`
  const trace = await it.send('good.example', `X-First: 1\r\n${forged}${forged}${rest}`)
  const [message] = await bytesIn(it, await accountId(it, 'tito@example.com'))
  assert.equal(message?.body.toString(), `X-First: 1\r\n${rest}`)
  assert.match(trace.steps.map(({ said }) => said).join(), /2 forged Authentication-Results/)
})

everyEngine('junk goes to Junk, with the reason and what it lacked', async (t, engine) => {
  const it = await house(t, { onQuarantine: 'junk', onReject: 'junk' }, engine)
  const trace = await it.send('news.victim.example')
  const account = await accountId(it, 'tito@example.com')
  assert.deepEqual(
    (await it.mailboxes.list(account))
      .filter(({ messages }) => messages > 0)
      .map(({ role }) => role),
    ['junk'],
  )
  assert.equal(
    trace.steps.find(({ step }) => step === 'sorted')?.said,
    'into Junk: it does not prove that it is from news.victim.example, and victim.example asks ' +
      'for that (p=quarantine): SPF says fail for news.victim.example, it has no DKIM signature. ' +
      'It would have gone to INBOX with SPF or a DKIM signature of victim.example that pass',
  )
  const test = 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'
  const junk = await it.send('good.example', `${letterFrom('good.example')}${test}\r\n`)
  assert.match(junk.steps.map(({ said }) => said).join(), /into Junk: .*GTUBE/)
})

test('what lists say of the client is told', async (t) => {
  const it = await house(t, { blocklists: ['list.example'] })
  const trace = await it.send('good.example')
  assert.deepEqual(trace.origin?.lists, {
    blocked: ['list.example'],
    recommended: [],
    silent: [],
  })
  assert.match(trace.steps.map(({ said }) => said).join(), /listed by list\.example/)
})
