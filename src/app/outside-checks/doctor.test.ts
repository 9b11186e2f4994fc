// The doctor on a domain that is well, and on the same one with each thing broken in turn.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { languages } from '../../base/languages.ts'
import { stsPolicy } from '../../protocols/autoconfig/texts.ts'
import { ZoneDns } from '../../trust/dns/zone-dns.ts'
import { selfSigned } from '../../wire/self-signed.ts'
import type { Instruments, Patient } from './check.ts'
import { examine } from './doctor.ts'
import { reportLines } from './report.ts'
import { type CheckName, checkTexts } from './texts.table.ts'
import { wantedRecords, zoneText } from './wanted-records.ts'

const domain = 'example.com'
const server = 'mail.example.com'
const { cert } = selfSigned([server])
const patient = {
  ...{ domain, server, addresses: ['192.0.2.1', '2001:db8::1'], certificate: cert },
  certified: true,
  ...{ refusal: '', issuer: 'letsencrypt.org' },
  reports: 'reports@example.com',
  refusals: [],
  dkim: [{ selector: 'a', text: `v=DKIM1; k=rsa; p=${'A'.repeat(400)}` }],
} satisfies Patient

/** What `setup` says, and what others have in the DNS. */
const zone = `${zoneText(wantedRecords(patient))}
  $SECURE example.com
  $SECURE ietf.org
  ietf.org        MX 0 mail.ietf.org
  gmail.com       MX 5 mx.gmail.com
  mx.gmail.com    A 198.51.100.25
  pool.ntp.org    A 198.51.100.123
  1.2.0.192.in-addr.arpa PTR mail.example.com
  1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mail.example.com
  2.0.0.127.zen.spamhaus.org A 127.0.0.2
  2.0.0.127.bl.spamcop.net   A 127.0.0.2
  2.0.0.127.psbl.surriel.com A 127.0.0.2
`

function instruments(dns: ZoneDns, more: Partial<Instruments> = {}): Instruments {
  return {
    dns,
    fetch: async () => stsPolicy(server),
    network: {
      dial: async (_address, port) => (port === 25 ? '' : 'Connection refused'),
      clockAheadMs: async () => 120,
      publicAddresses: () => [],
    },
    now: Date.now,
    ...more,
  }
}

test('a domain that publishes what setup says is well in every point', async () => {
  const findings = await examine(patient, instruments(new ZoneDns(zone)))
  for (const { check, state, have } of findings) assert.equal(state, 'good', `${check}: ${have}`)
  assert.equal(findings.length, 18)
})

type Case = readonly [
  check: CheckName,
  state: string,
  change: (dns: ZoneDns) => unknown,
  more?: { patient?: Partial<Patient>; instruments?: Partial<Instruments> },
]
const base = instruments(new ZoneDns())
const refusal = { domain: 'gmail.com', code: 550, text: 'Client host blocked by zen.spamhaus.org' }
const cases: readonly Case[] = [
  ['resolver', 'bad', (dns) => dns.fail('ietf.org', '*', 'timed out')],
  ['address', 'bad', (dns) => dns.remove(server)],
  ['address', 'warning', () => {}, { patient: { addresses: ['192.0.2.99'] } }],
  ['mx', 'bad', (dns) => dns.remove(domain, 'MX').add(`${domain} MX 10 other.example`)],
  ['mx', 'warning', (dns) => dns.add(`${domain} MX 5 other.example`)],
  ['ptr', 'bad', (dns) => dns.remove('1.2.0.192.in-addr.arpa')],
  [
    'ptr',
    'bad',
    (dns) => dns.remove('1.2.0.192.in-addr.arpa').add('1.2.0.192.in-addr.arpa PTR x.example'),
  ],
  ['spf', 'bad', (dns) => dns.add(`${domain} TXT "v=spf1 -all"`)],
  ['spf', 'bad', (dns) => dns.remove(domain, 'TXT').add(`${domain} TXT "v=spf1 mx +all"`)],
  ['spf', 'bad', (dns) => dns.remove(domain, 'TXT').add(`${domain} TXT "v=spf1 a:x.example -all"`)],
  [
    'spf',
    'unknown',
    (dns) => dns.remove(domain, 'TXT').add(`${domain} TXT "v=spf1 include:x.example -all"`),
  ],
  ['dkim', 'bad', (dns) => dns.remove(`a._domainkey.${domain}`)],
  ['dkim', 'bad', () => {}, { patient: { dkim: [] } }],
  ['dkim', 'unknown', () => {}, { patient: { dkim: undefined } }],
  ['refusals', 'unknown', () => {}, { patient: { refusals: undefined } }],
  ['refusals', 'warning', () => {}, { patient: { refusals: [refusal] } }],
  [
    'refusals',
    'good',
    () => {},
    { patient: { refusals: [{ ...refusal, text: 'The mailbox is full' }] } },
  ],
  ['dmarc', 'bad', (dns) => dns.remove(`_dmarc.${domain}`)],
  [
    'dmarc',
    'warning',
    (dns) => dns.remove(`_dmarc.${domain}`).add(`_dmarc.${domain} TXT "v=DMARC1; p=none"`),
  ],
  ['mta-sts', 'warning', (dns) => dns.remove(`_mta-sts.${domain}`)],
  ['mta-sts', 'bad', () => {}, { instruments: { fetch: async () => stsPolicy('x.example') } }],
  ['mta-sts', 'bad', () => {}, { instruments: { fetch: () => Promise.reject(new Error('404')) } }],
  ['tlsrpt', 'warning', (dns) => dns.remove(`_smtp._tls.${domain}`)],
  ['tlsa', 'bad', () => {}, { patient: { certificate: selfSigned([server]).cert } }],
  ['tlsa', 'warning', (dns) => dns.remove(`_25._tcp.${server}`)],
  ['srv', 'warning', (dns) => dns.remove(`_imaps._tcp.${domain}`)],
  ['autoconfig', 'warning', (dns) => dns.remove(`autodiscover.${domain}`)],
  ['caa', 'bad', (dns) => dns.remove(server, 'CAA').add(`${domain} CAA 0 issue ";"`)],
  ['caa', 'bad', (dns) => dns.remove(server, 'CAA').add(`${domain} CAA 0 issue "other.example"`)],
  [
    'port-25',
    'bad',
    () => {},
    { instruments: { network: { ...base.network, dial: async () => 'Connection timed out' } } },
  ],
  ['blocklists', 'bad', (dns) => dns.add('1.2.0.192.zen.spamhaus.org A 127.0.0.4')],
  // A list that refuses our resolver says so for every address: that is no verdict.
  [
    'blocklists',
    'good',
    (dns) => dns.remove('2.0.0.127.zen.spamhaus.org').add('*.zen.spamhaus.org A 127.255.255.254'),
  ],
  [
    'blocklists',
    'unknown',
    (dns) =>
      dns
        .fail('2.0.0.127.zen.spamhaus.org', '*', 'x')
        .remove('2.0.0.127.bl.spamcop.net')
        .remove('2.0.0.127.psbl.surriel.com'),
  ],
  [
    'clock',
    'bad',
    () => {},
    { instruments: { network: { ...base.network, clockAheadMs: async () => -60_000 } } },
  ],
  ['certificate', 'warning', () => {}, { patient: { certified: false } }],
  ['certificate', 'bad', () => {}, { patient: { refusal: 'no A record' } }],
  ['certificate', 'bad', () => {}, { patient: { certificate: selfSigned(['x.example']).cert } }],
]

for (const [check, state, change, more = {}] of cases)
  test(`${check} is ${state}: ${change.toString().slice(0, 90)}`, async () => {
    const dns = new ZoneDns(zone)
    change(dns)
    const tools = instruments(dns, more.instruments)
    const findings = await examine({ ...patient, ...more.patient }, tools)
    assert.equal(findings.find((one) => one.check === check)?.state, state)
  })

test('what others said is explained in the words for them', async () => {
  const findings = await examine({ ...patient, refusals: [refusal, refusal] }, base)
  const text = reportLines(findings, { domain, server, reports: '' }, 'id').join('\n')
  assert.match(text, /refusals\n +ada +2: gmail\.com: 550 Client host .*\n +mengapa .*Spamhaus/)
})

test('every language has every text, and every gap is filled', async () => {
  const findings = await examine(patient, instruments(new ZoneDns()))
  for (const language of languages) {
    const text = reportLines(findings, { domain, server, reports: patient.reports }, language).join(
      '\n',
    )
    assert.doesNotMatch(text, /\{\w+\}|undefined/)
    assert.ok(text.includes(domain))
    assert.deepEqual(Object.keys(checkTexts[language]), Object.keys(checkTexts.en))
  }
})
