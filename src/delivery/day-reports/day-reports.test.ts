// A day of mail as the domains that it was from and to hear of it, and what others tell of ours.
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { silentLog } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { ScriptedCourier } from '../../queue/testing/scripted-courier.ts'
import type { Engine } from '../../store/engine.ts'
import { everyEngine } from '../../store/testing/engines.ts'
import type { TestEngine } from '../../store/testing/places.ts'
import { KeyBook } from '../../trust/dkim/key-book.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { dayMs, dayOf } from '../../trust/reports/kinds.ts'
import { packed } from '../../trust/reports/packed.ts'
import { composeReportMail, reportsIn } from '../../trust/reports/report-mail.ts'
import { TallyBook } from '../../trust/reports/tally-book.ts'
import { tlsJson } from '../../trust/reports/tls-report.ts'
import { ReportIntake } from '../checks/report-intake.ts'
import { TrustCheck } from '../checks/trust.ts'
import {
  accountId,
  addressIn,
  bytesIn,
  envelopeFor,
  openHouse,
  stranger,
} from '../testing/house.ts'
import { dmarcFacts } from './dmarc-tally.ts'
import { ReportPost, type ReportPostPorts } from './post.ts'
import { ReceivedReports } from './received.ts'

const zone = `
  good.example          TXT "v=spf1 ip4:192.0.2.9 -all"
  _dmarc.good.example   TXT "v=DMARC1; p=reject; rua=mailto:dmarc@reports.example"
  good.example._report._dmarc.reports.example TXT "v=DMARC1"
  _dmarc.shy.example    TXT "v=DMARC1; p=reject; rua=mailto:dmarc@other.example"
  _dmarc.example.com    TXT "v=DMARC1; p=reject; rua=mailto:reports@example.com"
  _smtp._tls.good.example TXT "v=TLSRPTv1; rua=mailto:tls@good.example,https://web.example/tls"
`
const trusting = {
  ...({ enabled: true, onReject: 'reject', onQuarantine: 'junk', oneFrom: true } as const),
  ...{ exemptDomains: [], arcSealers: [], blocklists: [], allowlists: [] },
}

async function open(t: TestContext, kind: TestEngine) {
  const clock = { at: Date.now() }
  const now = () => clock.at
  const dns = new ZoneDns(zone)
  const courier = new ScriptedCourier()
  // The checks are opened before the house that they keep something in.
  const engine: Engine = {
    run: (job, args) => it.engine.run(job, args),
    close: async () => {},
  }
  const tally = new TallyBook({ engine, now, log: silentLog })
  const received = new ReceivedReports({ engine, now })
  const check = new TrustCheck({
    ...{ dns, log: silentLog, now: Date.now, serverName: 'mail.example.com' },
    settings: () => trusting,
    onJudged: (judged) => {
      const told = dmarcFacts(judged)
      if (told) tally.dmarc(told.domain, told.facts)
    },
  })
  const intake = new ReportIntake({ received, address: () => 'reports', log: silentLog })
  const it = await openHouse(t, {
    ...{ engine: kind, dns, courier, checks: [check, intake], reportsAddress: 'reports' },
  })
  t.after(() => it.close())
  t.after(() => tally.close())
  const posted: string[] = []
  const ports: ReportPostPorts = {
    ...{ engine, dns, now, log: silentLog, nextId: it.nextId, serverName: 'mail.example.com' },
    ...{ by: 'mail.example.com', from: addressIn('reports@example.com'), sends: () => true },
    delivery: () => it.delivery,
    post: async (url, type) => void posted.push(`${url} ${type}`),
    keep: async (message) => void (await received.read(message, true)),
  }
  const post = () => {
    const made = new ReportPost(ports)
    t.after(() => made.close())
    return made
  }
  /** From somewhere; the error it is refused with, or nothing. */
  const take = async (from: string, to: string, text: string | Buffer) => {
    const envelope = await envelopeFor(it, [to], stranger)
    const incoming = it.delivery.accept({ ...envelope, from: addressIn(from) })
    await incoming.write(Buffer.from(text))
    return await incoming.finish().then(
      () => undefined,
      (error: unknown) => error,
    )
  }
  return { it, dns, courier, clock, tally, received, post, posted, take }
}

const letter = (domain: string) => `From: Ana <ana@${domain}>\r\nSubject: hi\r\n\r\nhello\r\n`

everyEngine('domains hear once of a day, whoever of two processes sends it', async (t, engine) => {
  const { it, dns, courier, clock, tally, received, post, posted, take } = await open(t, engine)
  const keys = new KeyBook({ engine: it.engine, dns, now: Date.now })
  await keys.rotate('example.com')
  await keys.use('example.com', true)
  for (let n = 0; n < 3; n++)
    await take('ana@good.example', 'tito@example.com', letter('good.example'))
  assert.ok(
    (await take('e@x.example', 'tito@example.com', letter('good.example'))) instanceof Refused,
  )
  await take('e@x.example', 'tito@example.com', letter('shy.example'))
  await take('e@x.example', 'tito@example.com', letter('example.com'))
  await take('e@x.example', 'tito@example.com', letter('unknown.example'))
  const tls = {
    policy: 'no-policy-found',
    policyText: '',
    host: 'mx',
    address: '192.0.2.7',
  } as const
  tally.tls('good.example', { ...tls, failure: '', why: '' })
  tally.tls('good.example', { ...tls, failure: 'starttls-not-supported', why: '' })
  await tally.flush()
  tally.tls('good.example', { ...tls, failure: '', why: '' })
  await tally.flush()

  assert.equal(await post().send(), 0, 'the day is not over')
  clock.at += dayMs
  const counts = await Promise.all([post().send(), post().send()])
  assert.equal(counts[0]! + counts[1]!, 3)
  while (courier.handed.length < 2) await turn()
  assert.equal(await post().send(), 0)
  assert.deepEqual(posted, ['https://web.example/tls application/tlsrpt+gzip'])
  const mails = Map.groupBy(courier.handed, ({ to }) => to[0])
  assert.deepEqual([...mails.keys()].sort(), ['dmarc@reports.example', 'tls@good.example'])
  const [dmarcMail] = mails.get('dmarc@reports.example')!
  const [report] = await reportsIn(Buffer.from(dmarcMail!.text))
  assert.deepEqual([report!.domain, report!.good, report!.bad], ['good.example', 3, 1])
  assert.equal(dmarcMail!.text.match(/^DKIM-Signature:/gm)?.length, 2)
  assert.equal(dmarcMail!.from, 'reports@example.com')
  const [tlsMail] = mails.get('tls@good.example')!
  const [about] = await reportsIn(Buffer.from(tlsMail!.text))
  assert.deepEqual([about!.good, about!.bad], [2, 1])
  assert.equal(tlsMail!.consignment.mail.asked?.tlsOptional, true)
  assert.deepEqual(tlsMail!.consignment.mail.asked?.recipients, [{ notify: [] }])
  const sent = await received.sent(10)
  assert.deepEqual(sent.map(({ kind, domain }) => `${kind} ${domain}`).sort(), [
    ...['dmarc example.com', 'dmarc good.example', 'dmarc shy.example', 'tls good.example'],
  ])
  assert.match(sent.find(({ domain }) => domain === 'shy.example')!.said, /nobody who agreed/)
  // What others did in our own name is kept here, without a mail.
  const [own] = await received.list('example.com', 10)
  assert.deepEqual([own?.by, own?.bad], ['mail.example.com', 1])
})

everyEngine('a domain that cannot be asked is asked again, and not for ever', async (t, engine) => {
  const { dns, clock, tally, received, post, courier } = await open(t, engine)
  const tls = { policy: 'no-policy-found', policyText: '', host: '', address: '' } as const
  tally.tls('good.example', { ...tls, failure: '', why: '' })
  await tally.flush()
  dns.fail('_smtp._tls.good.example', 'TXT', 'timed out')
  clock.at += dayMs
  assert.equal(await post().send(), 0)
  assert.deepEqual(await received.sent(10), [])
  dns.heal()
  assert.equal(await post().send(), 0, 'somebody is at it still')
  clock.at += 3_600_000
  assert.equal(await post().send(), 1)
  while (courier.handed.length < 1) await turn()
  tally.tls('good.example', { ...tls, failure: '', why: '' })
  await tally.flush()
  dns.fail('_smtp._tls.good.example', 'TXT', 'timed out')
  clock.at += 5 * dayMs
  assert.equal(await post().send(), 0)
  assert.match((await received.sent(10))[0]!.said, /not sent: timed out/)
})

everyEngine(
  'reports of others are read, and their address takes nothing else',
  async (t, engine) => {
    const { it, received, take } = await open(t, engine)
    const json = tlsJson({
      ...{ domain: 'example.com', by: 'good.example', email: 'x@good.example', reportId: 'r9' },
      day: dayOf(Date.now()) - 1,
      rows: [
        {
          n: 7,
          facts: {
            ...{ policy: 'sts', policyText: 'mode: enforce', host: 'mail.example.com', why: '' },
            ...{ address: '192.0.2.1', failure: 'certificate-expired' },
          },
        },
      ],
    })
    const mail = composeReportMail({
      ...{ kind: 'tls', by: 'good.example', domain: 'example.com', reportId: 'r9', day: 20_000 },
      ...{ from: addressIn('tls@good.example'), to: addressIn('reports@example.com') },
      ...{ messageId: 'x@good.example', date: Date.now(), bytes: await packed(Buffer.from(json)) },
    })
    for (let n = 0; n < 2; n++)
      assert.equal(await take('tls@good.example', 'Reports@example.com', mail), undefined)
    const list = await received.list('', 10)
    assert.deepEqual(
      list.map(({ kind, domain, by, bad, verified }) => ({ kind, domain, by, bad, verified })),
      [{ kind: 'tls', domain: 'example.com', by: 'good.example', bad: 7, verified: true }],
    )
    const shown = await received.show(list[0]!.id)
    assert.match(shown.rows[0]!.said, /certificate-expired/)
    await assert.rejects(received.show('nothing'), Refused)
    const spam = await take('ana@good.example', 'reports@example.com', letter('good.example'))
    assert.ok(spam instanceof Refused)
    assert.equal(spam.code, 'filter-refused')
    // The postmaster has mail of all kinds.
    assert.equal(await take('tls@good.example', 'postmaster@example.com', mail), undefined)
    assert.equal(
      await take('ana@good.example', 'postmaster@example.com', letter('good.example')),
      undefined,
    )
    assert.equal((await bytesIn(it, await accountId(it, 'tito@example.com'))).length, 2)
    assert.equal((await received.list('example.com', 10)).length, 1)
  },
)
