// Reports as they are written for others, and as others write them: packed in every usual way, and
// in ways that nobody honest would.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import { fc } from '../../base/testing/property.ts'
import { ZoneDns } from '../dns/zone-dns.ts'
import { dmarcXml, readDmarcReport } from './dmarc-report.ts'
import type { DmarcFacts, TlsFacts } from './kinds.ts'
import { packed, unpacked } from './packed.ts'
import { composeReportMail, looksLikeReport, reportsIn } from './report-mail.ts'
import { reportsWanted } from './targets.ts'
import { readTlsReport, tlsJson } from './tls-report.ts'
import { readXml } from './xml.ts'

const facts: DmarcFacts = {
  ...{ source: '192.0.2.66', disposition: 'reject', dkim: 'fail', spf: 'fail', reason: '' },
  ...{ from: 'victim.example', mailFrom: 'a<b>&"c".example', spfDomain: 'attack.example' },
  ...{ spfScope: 'mfrom', spfResult: 'pass' },
  signatures: [{ domain: 'attack.example', selector: 's', result: 'pass' }],
}
const published = {
  ...{ domain: 'victim.example', adkim: 'r', aspf: 's', p: 'reject', sp: 'quarantine', pct: '100' },
}
const common = { by: 'mail.example.com', email: 'reports@example.com', reportId: 'r1', day: 20_000 }
const dmarc = dmarcXml({
  ...{ ...common, published },
  rows: [
    { facts, n: 3 },
    { facts: { ...facts, source: '192.0.2.1', dkim: 'pass', disposition: 'none' }, n: 40 },
  ],
})

test('a DMARC report says what was counted, and is read as it was written', async () => {
  assert.match(dmarc, /<envelope_from>a&lt;b&gt;&amp;"c"\.example<\/envelope_from>/)
  assert.match(dmarc, /<date_range><begin>1728000000<\/begin><end>1728086399<\/end>/)
  const read = await readDmarcReport(dmarc)
  assert.deepEqual(
    { ...read, rows: read.rows.map(({ count, good }) => `${count} ${good}`) },
    {
      ...{ kind: 'dmarc', domain: 'victim.example', by: 'mail.example.com', reportId: 'r1' },
      ...{ begin: 1_728_000_000_000, end: 1_728_086_399_000, good: 40, bad: 3 },
      rows: ['40 true', '3 false'],
    },
  )
  assert.match(
    read.rows[1]!.said,
    /^192\.0\.2\.66 victim\.example dkim=fail \(attack\.example pass\)/,
  )
})

const sts: TlsFacts = {
  ...{ policy: 'sts', host: 'mx.example.net', address: '192.0.2.7', failure: '', why: '' },
  policyText: 'version: STSv1\r\nmode: enforce\r\nmx: mx.example.net\r\nmax_age: 86400\r\n',
}
const tls = tlsJson({
  ...{ ...common, domain: 'example.net' },
  rows: [
    { facts: sts, n: 12 },
    { facts: { ...sts, failure: 'certificate-expired', why: 'expired' }, n: 2 },
    { facts: { ...sts, policy: 'tlsa', policyText: '3 1 1 ab', failure: 'dnssec-invalid' }, n: 1 },
  ],
})

test('a TLS report has a policy for each that was met, and is read as it was written', () => {
  const { policies } = JSON.parse(tls)
  assert.equal(policies.length, 2)
  assert.deepEqual(policies[0].policy['mx-host'], ['mx.example.net'])
  assert.deepEqual(policies[0].summary, {
    ...{ 'total-successful-session-count': 12, 'total-failure-session-count': 2 },
  })
  assert.equal(policies[0]['failure-details'][0]['result-type'], 'certificate-expired')
  assert.deepEqual(policies[1].policy['policy-string'], ['3 1 1 ab'])
  const [read] = readTlsReport(tls)
  assert.deepEqual([read!.domain, read!.good, read!.bad], ['example.net', 12, 3])
  assert.match(
    read!.rows[1]!.said,
    /^sts mx\.example\.net 192\.0\.2\.7 certificate-expired expired/,
  )
})

/** A ZIP with one file, as PKWARE's note has it; `flags` 8 leaves sizes out of the local header. */
function zip(content: Buffer, flags = 8): Buffer {
  const data = deflateRawSync(content)
  const name = Buffer.from('report.xml')
  const local = Buffer.alloc(30)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(flags, 6)
  local.writeUInt16LE(8, 8)
  local.writeUInt16LE(name.length, 26)
  const central = Buffer.alloc(46)
  central.writeUInt32LE(0x02014b50, 0)
  central.writeUInt16LE(flags, 8)
  central.writeUInt16LE(8, 10)
  central.writeUInt32LE(data.length, 20)
  central.writeUInt16LE(name.length, 28)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(30 + name.length + data.length, 16)
  return Buffer.concat([local, name, data, central, name, end])
}

test('every usual way to pack is undone, and what would grow is refused', async () => {
  const bytes = Buffer.from(dmarc)
  for (const way of [bytes, gzipSync(bytes), await packed(bytes), zip(bytes)])
    assert.equal((await unpacked(way)).toString(), dmarc)
  const bomb = Buffer.alloc(64 * 1024 * 1024)
  await assert.rejects(unpacked(gzipSync(bomb)))
  await assert.rejects(unpacked(zip(bomb)))
  await assert.rejects(unpacked(zip(bytes, 9)), /encrypted/)
  for (let cut = 5; cut < 200; cut += 13)
    await assert.rejects(unpacked(zip(bytes).subarray(0, cut)))
})

test('XML that declares, nests or never ends is refused in words', async () => {
  const none = { close: () => {} }
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', /no XML/],
    ['<a>'.repeat(17), /too deep/],
    ['<a><b></a></b>', /without its beginning/],
    ['<a>', /has no end/],
    ['<a/>'.repeat(500_001), /too many/],
    ['<a <b>', /no XML/],
  ]
  for (const [xml, why] of wrong) await assert.rejects(readXml(xml, none), why)
  const seen: string[] = []
  const close = (path: string, text: string) => void seen.push(`${path}=${text}`)
  await readXml('<?xml version="1.0"?><x:a><!-- <b> --><B>1&lt;&#50;&#x33;&b;</B><c/></x:a>', {
    close,
  })
  assert.deepEqual(seen, ['a/b=1<23&b;', 'a/c=', 'a='])
})

test('whatever comes as a report is read or refused, and nothing else happens', async () => {
  const pieces = fc.constantFrom('<a>', '</a>', '<record>', '&#0;', '<![CDATA[', ']]>', '<?', '"')
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.array(pieces).map((list) => list.join('')),
      ),
      async (content) => {
        const text = Buffer.from(content as Uint8Array)
        await readDmarcReport(text.toString('latin1')).catch((error: Error) =>
          assert.equal(error.constructor, Error),
        )
        await unpacked(Buffer.concat([Buffer.from('PK\x03\x04'), text])).catch(() => {})
      },
    ),
    { numRuns: 300 },
  )
})

for (const [kind, content] of [
  ['dmarc', dmarc],
  ['tls', tls],
] as const)
  test(`the ${kind} report travels as a mail and is found in it`, async () => {
    const mail = composeReportMail({
      ...{ ...common, kind, domain: 'example.net', messageId: 'm1@mail.example.com', date: 0 },
      from: { local: 'reports', domain: 'example.com' },
      to: { local: 'dmarc', domain: 'example.net' },
      bytes: await packed(Buffer.from(content)),
    })
    const text = mail.toString()
    for (const line of text.split('\r\n')) assert.ok(line.length <= 998)
    assert.match(
      text,
      /filename="mail\.example\.com!example\.net!1728000000!1728086399\.(xml|json)\.gz"/,
    )
    const base64 = /\r\n\r\n(H4s[\s\S]*?)\r\n\r\n--/.exec(text)![1]!
    assert.equal(gunzipSync(Buffer.from(base64, 'base64')).toString(), content)
    assert.equal(looksLikeReport(mail), true)
    assert.equal((await reportsIn(mail))[0]!.kind, kind)
    assert.equal(/^TLS-Required: No\r$/m.test(text), kind === 'tls')
  })

test('a mail without a report says what is wrong', async () => {
  const plain = Buffer.from('Subject: hello\r\n\r\nhello\r\n')
  assert.equal(looksLikeReport(plain), false)
  await assert.rejects(reportsIn(plain), /no report attached/)
  const zipped = Buffer.from(
    `Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n${zip(Buffer.from('<a/>')).toString('base64')}`,
  )
  await assert.rejects(reportsIn(zipped), /no DMARC report/)
})

test('reports go where the domain says, and elsewhere only with consent', async () => {
  const dns = new ZoneDns(`
    _dmarc.a.example TXT "v=DMARC1; p=reject; rua=mailto:x@a.example!2k, mailto:y@b.example,mailto:z@c.example"
    a.example._report._dmarc.b.example TXT "v=DMARC1"
    _dmarc.gone.example TXT "v=DMARC1; p=none; rua=mailto:x@c.example"
    _smtp._tls.a.example TXT "v=TLSRPTv1; rua=mailto:tls@a.example,https://b.example/tls"
    _smtp._tls.two.example TXT "v=TLSRPTv1; rua=mailto:tls@a.example"
    _smtp._tls.two.example TXT "v=TLSRPTv1; rua=mailto:tls@b.example"
    $FAIL _smtp._tls.slow.example TXT timed out
  `)
  const found = await reportsWanted('dmarc', 'a.example', dns)
  assert.ok(found.is === 'wanted')
  assert.deepEqual(found.targets, [
    { kind: 'mail', to: 'x@a.example', maxBytes: 2048 },
    { kind: 'mail', to: 'y@b.example', maxBytes: Number.POSITIVE_INFINITY },
  ])
  assert.deepEqual(found.published?.p, 'reject')
  const web = await reportsWanted('tls', 'a.example', dns)
  assert.ok(web.is === 'wanted')
  assert.deepEqual(
    web.targets.map(({ kind }) => kind),
    ['mail', 'web'],
  )
  for (const domain of ['two.example', 'none.example'])
    assert.equal((await reportsWanted('tls', domain, dns)).is, 'not-wanted')
  assert.equal((await reportsWanted('dmarc', 'gone.example', dns)).is, 'not-wanted')
  assert.equal((await reportsWanted('tls', 'slow.example', dns)).is, 'unknown')
})
