// Which hosts are tried in which order, and what becomes of each recipient. The hosts are a table
// here; that they are spoken to rightly is shown where SMTP is spoken.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Networks } from '../base/networks.ts'
import { ZoneDns } from '../trust/dns/zone-dns.ts'
import { StsPolicies } from '../trust/mta-sts.ts'
import type { Consignment } from './courier.ts'
import type { Hop, HopResult, Hops } from './hop.ts'
import { MxCourier, type MxCourierOptions, type TlsFinding } from './mx-courier.ts'
import type { Outgoing } from './transport.ts'

const zone = `
  example.com     MX 20 mx3.example.com
  example.com     MX 10 mx1.example.com
  example.com     MX 10 mx2.example.com
  mx1.example.com A 192.0.2.1
  mx2.example.com A 192.0.2.2
  mx3.example.com A 192.0.2.3
  mx3.example.com AAAA 2001:db8::3
  bare.example    A 192.0.2.9
  null.example    MX 0 .
  empty.example   TXT nothing
  lost.example    MX 10 nowhere.lost.example
  lost.example    MX 20 here.example
  inner.example   MX 10 inner.inner.example
  inner.inner.example A 127.0.0.1
  loop.example    MX 10 us.example
  loop.example    MX 20 mx1.example.com
  after.example   MX 10 mx1.example.com
  after.example   MX 20 us.example
  after.example   MX 30 mx3.example.com
  $FAIL down.example * SERVFAIL from 192.0.2.53
  half.example    MX 10 gone.half.example
  $FAIL gone.half.example * timed out
`

type Answer = string | { failure: string; doubtful?: boolean }

class Table implements Hops {
  readonly visits: string[] = []
  readonly hops: Hop[] = []
  readonly #answers: Readonly<Record<string, Answer>>

  constructor(answers: Readonly<Record<string, Answer>>) {
    this.#answers = answers
  }

  async send(hop: Hop, mail: Outgoing): Promise<HopResult> {
    this.visits.push(hop.address)
    this.hops.push(hop)
    const given = this.#answers[hop.address] ?? '250 2.0.0 Taken'
    const lost = typeof given === 'string' ? undefined : given
    const [, stage = '', code = '0', status = '', text = ''] =
      /^(greeting )?(\d+) (\S+) (.*)$/.exec(lost ? '' : (given as string)) ?? []
    const one = (local: string) =>
      local === 'bad' && code === '250'
        ? { code: 550, status: '5.1.1', text: 'Unknown' }
        : { code: Number(code), status, text }
    return {
      hop: `${hop.address}:25`,
      tls: hop.tls.is === 'opportunistic' ? '' : 'TLSv1.3 X verified',
      recipients: mail.to.map((address) => ({ address, ...one(address.local) })),
      failure: lost?.failure ?? '',
      stage: lost && !lost.doubtful ? 'connection' : stage === '' ? 'message' : 'greeting',
      doubtful: lost?.doubtful === true,
      passedOn: true,
    }
  }

  async close(): Promise<void> {}
}

async function deliver(
  destination: string,
  answers: Readonly<Record<string, Answer>> = {},
  more: Partial<Omit<MxCourierOptions, 'hops'>> & { locals?: string[]; requireTls?: true } = {},
) {
  const hops = new Table(answers)
  const dns = more.dns ?? new ZoneDns(zone)
  const { locals = ['tito'], requireTls } = more
  const courier = new MxCourier({
    ...{ dns, hops, random: () => 0 },
    sts: new StsPolicies({ dns, fetch: () => Promise.reject(new Error('none')) }),
    isOurs: (host) => host === 'us.example',
    allowed: () => new Networks([]),
    ...more,
  })
  const mail: Outgoing = {
    from: null,
    to: locals.map((local) => ({ local, domain: 'example.com' })),
    body: async function* () {},
    size: 0,
    smtpUtf8: false,
    ...(requireTls ? { asked: { requireTls } } : {}),
  }
  const consignment: Consignment = { message: 'm', destination, mail, attempts: 0 }
  const attempt = await courier.deliver(consignment)
  const said = attempt.recipients.map(({ code, status }) => `${code} ${status}`.trim())
  return { attempt, hops, said, visits: hops.visits }
}

test('hosts are tried by preference, the newer family first, until one takes it', async () => {
  const refused = { failure: '[Errno 111] Connection refused' }
  const { attempt, said, visits } = await deliver('example.com', {
    '192.0.2.1': refused,
    '192.0.2.2': refused,
    '2001:db8::3': { failure: '[Errno 101] Network is unreachable' },
  })
  assert.deepEqual(visits, ['192.0.2.1', '192.0.2.2', '2001:db8::3', '192.0.2.3'])
  assert.deepEqual(said, ['250 2.0.0'])
  assert.equal(attempt.unreachable, false)
  assert.equal(attempt.tried[0]?.said, '[Errno 111] Connection refused')
  assert.equal(attempt.tried[3]?.said, '250 2.0.0 Taken')
  assert.equal(attempt.tried[3]?.host, 'mx3.example.com')
})

test('equal preference is shared by lot', async () => {
  let n = 0
  const { visits } = await deliver('example.com', {}, { random: () => [0.5, 0.9, 0.1][n++] ?? 0 })
  assert.deepEqual(visits, ['192.0.2.2'])
})

const verdicts: readonly [domain: string, said: string, why: RegExp, unreachable: boolean][] = [
  ['nobody.example', '550 5.1.2', /^$/, false],
  ['null.example', '556 5.1.10', /^$/, false],
  ['empty.example', '550 5.4.4', /^$/, false],
  ['lost.example', '550 5.4.4', /^$/, false],
  ['inner.example', '550 5.4.4', /^$/, false],
  ['loop.example', '554 5.4.6', /^$/, false],
  ['us.example', '550 5.1.2', /^$/, false],
  ['down.example', '0', /SERVFAIL from 192\.0\.2\.53/, true],
  ['half.example', '0', /gone\.half\.example: timed out/, true],
]
for (const [domain, want, why, unreachable] of verdicts)
  test(`without a host to try: ${domain} is ${want}`, async () => {
    const { attempt, said, visits } = await deliver(domain)
    assert.deepEqual(said, [want])
    assert.match(attempt.failure, why)
    assert.equal(attempt.unreachable, unreachable)
    assert.deepEqual(visits, [])
  })

test('a domain without MX is its own host; where we are one, only better ones are tried', async () => {
  assert.deepEqual((await deliver('bare.example')).visits, ['192.0.2.9'])
  const { visits, said } = await deliver('after.example', { '192.0.2.1': { failure: 'refused' } })
  assert.deepEqual([visits, said], [['192.0.2.1'], ['0']])
})

test('a host with another name and our address is ourselves, and the last one', async () => {
  const ours = { isOurAddress: async (address: string) => address === '192.0.2.1' }
  const only = await deliver('after.example', {}, ours)
  assert.deepEqual([only.visits, only.said], [[], ['554 5.4.6']])
  const third = { isOurAddress: async (address: string) => address === '2001:db8::3' }
  const lost = { failure: 'refused' }
  const best = await deliver('example.com', { '192.0.2.1': lost, '192.0.2.2': lost }, third)
  assert.deepEqual([best.visits, best.said], [['192.0.2.1', '192.0.2.2'], ['0']])
})

test('address literals are dialled, private ones only where that is allowed', async () => {
  assert.deepEqual((await deliver('[192.0.2.77]')).visits, ['192.0.2.77'])
  assert.deepEqual((await deliver('[ipv6:2001:db8::7]')).visits, ['2001:db8::7'])
  for (const inner of ['[127.0.0.1]', '[10.1.2.3]', '[ipv6:::1]', '[ipv6:fe80::1]', '[0.0.0.0]'])
    assert.deepEqual((await deliver(inner)).said, ['550 5.4.4'], inner)
  const allowed = () => new Networks(['127.0.0.0/8'])
  assert.deepEqual((await deliver('inner.example', {}, { allowed })).visits, ['127.0.0.1'])
})

test('what one host puts off another may take; what it refused for good stays refused', async () => {
  const locals = ['tito', 'bad']
  const { said, visits } = await deliver(
    'example.com',
    { '192.0.2.1': '450 4.7.1 Greylisted' },
    { locals },
  )
  assert.deepEqual(visits, ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(said, ['250 2.0.0', '550 5.1.1'])
  const all = { '192.0.2.1': '450 4.7.1 Grey', '192.0.2.2': '450 4.7.1 Grey' }
  const later = await deliver('example.com', all)
  assert.deepEqual(later.visits, ['192.0.2.1', '192.0.2.2'])
  assert.deepEqual(later.said, ['450 4.7.1'])
  assert.equal(later.attempt.unreachable, false)
  const final = await deliver('example.com', { '192.0.2.1': '550 5.7.1 No' })
  assert.deepEqual([final.visits, final.said], [['192.0.2.1'], ['550 5.7.1']])
})

test('a host that will not have us at all has neighbours; only all of them are an end', async () => {
  const no = 'greeting 554 5.7.1 Blocked'
  const some = await deliver('example.com', { '192.0.2.1': no })
  assert.deepEqual(some.said, ['250 2.0.0'])
  const all = { '192.0.2.1': no, '192.0.2.2': no, '192.0.2.3': no, '2001:db8::3': no }
  assert.deepEqual((await deliver('example.com', all)).said, ['554 5.7.1'])
  const mixed = await deliver('example.com', { ...all, '192.0.2.3': 'greeting 421 4.3.2 Full' })
  assert.deepEqual(mixed.said, ['421 4.3.2'])
  assert.equal(mixed.attempt.unreachable, true)
})

test('a text that may have been taken is offered to no other host', async () => {
  const lost = { failure: 'Connection unexpectedly closed', doubtful: true }
  const { visits, said, attempt } = await deliver('example.com', { '192.0.2.1': lost })
  assert.deepEqual([visits, said], [['192.0.2.1'], ['0']])
  assert.equal(attempt.failure, 'Connection unexpectedly closed')
})

test('at most five addresses are dialled in one attempt', async () => {
  const dns = new ZoneDns('many.example MX 10 mx.many.example')
  for (let n = 1; n <= 30; n++) dns.add(`mx.many.example A 192.0.2.${n}`)
  const answers = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`192.0.2.${n + 1}`, { failure: 'refused' }]),
  )
  const { visits, attempt } = await deliver('many.example', answers, { dns })
  assert.equal(visits.length, 5)
  assert.equal(attempt.unreachable, true)
})

const sealed = `
  example.com     MX 10 mx1.example.com
  example.com     MX 20 mx2.example.net
  mx1.example.com A 192.0.2.1
  mx2.example.net A 192.0.2.2
  _mta-sts.example.com TXT "v=STSv1; id=1"
`
const policy = 'version: STSv1\nmode: enforce\nmx: mx2.example.net\nmax_age: 86400\n'

test('MTA-STS: hosts that the policy does not name are passed over, the others verified', async () => {
  const dns = new ZoneDns(sealed)
  const findings: TlsFinding[] = []
  const sts = new StsPolicies({ dns, fetch: async () => policy })
  const { hops, attempt } = await deliver(
    'example.com',
    {},
    { dns, sts, onTls: (one) => findings.push(one) },
  )
  assert.deepEqual(hops.visits, ['192.0.2.2'])
  assert.equal(hops.hops[0]?.tls.is, 'verified')
  assert.deepEqual(
    attempt.tried.map((one) => one.policy),
    ['mta-sts', 'mta-sts'],
  )
  assert.match(attempt.tried[0]!.said, /policy does not name mx1/)
  assert.deepEqual(
    findings.map((one) => [one.policy, one.failure]),
    [
      ['sts', 'validation-failure'],
      ['sts', ''],
    ],
  )
  const broken = { '192.0.2.2': { failure: 'certificate has expired' } }
  const { said, attempt: lost } = await deliver('example.com', broken, { dns, sts })
  assert.deepEqual([said, lost.unreachable], [['0'], true])
})

test('DANE: validated TLSA records decide, and a signed zone that does not answer stops', async () => {
  const signed = `${sealed}\n$SECURE example.com\n_25._tcp.mx1.example.com TLSA 3 1 1 ${'ab'.repeat(32)}`
  const sts = (dns: ZoneDns) => new StsPolicies({ dns, fetch: async () => policy })
  const dns = new ZoneDns(signed)
  const { hops, attempt } = await deliver('example.com', {}, { dns, sts: sts(dns) })
  assert.deepEqual(hops.visits, ['192.0.2.1'])
  assert.equal(attempt.tried[0]?.policy, 'dane')
  const { tls } = hops.hops[0]!
  assert.notEqual(tls.is === 'matching' && tls.judge([Buffer.from('no certificate')]), '')
  const silent = new ZoneDns(
    `${sealed}\n$SECURE example.com\n$FAIL _25._tcp.mx1.example.com TLSA it is`,
  )
  const stopped = await deliver('example.com', {}, { dns: silent })
  assert.deepEqual(stopped.visits, ['192.0.2.2'])
  const forged = new ZoneDns(signed.replace('$SECURE example.com', ''))
  const open = await deliver('example.com', {}, { dns: forged })
  assert.equal(open.hops.hops[0]?.tls.is, 'opportunistic')
})

test('REQUIRETLS: what proves no host is returned, not tried', async () => {
  const { said, visits } = await deliver('example.com', {}, { requireTls: true })
  assert.deepEqual([said, visits], [['550 5.7.10'], []])
  const dns = new ZoneDns(`${zone}\n$SECURE example.com`)
  const proven = await deliver('example.com', {}, { dns, requireTls: true })
  assert.equal(proven.hops.hops[0]?.tls.is, 'verified')
})
