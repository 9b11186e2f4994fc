// DKIM signatures: those of RFC 8463, those of others, and those that are worth nothing.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fc } from '../../base/testing/property.ts'
import { ZoneDns } from '../dns/zone-dns.ts'
import { edKey, rsaKey, signedBy } from '../testing/signing.ts'
import { BodyHash, canonicalField, type Form } from './canonical.ts'
import { Keys } from './keys.ts'
import { SealedText } from './sealed-text.ts'
import { verifyDkim } from './verify.ts'

const corpus = process.env.AMPLOP_CORPUS ?? join(import.meta.dirname, '../../../../shared/corpus')
const skip = existsSync(corpus) ? false : 'corpus absent (AMPLOP_CORPUS)'

const ed = edKey()
const rsa = rsaKey(1024)
const now = Date.UTC(2026, 0, 1)
const letter = 'From: Ana <ana@example.org>\r\nSubject: a\r\n\r\nhello\r\n'

async function results(message: string, dns: ZoneDns, at = now) {
  const bytes = Buffer.from(message, 'latin1')
  const text = new SealedText(bytes, async function* () {
    yield bytes
  })
  return await verifyDkim(text, new Keys(dns), at)
}

async function verdict(message: string, record = ed.record, selector = 's') {
  const dns = new ZoneDns().put({
    name: `${selector}._domainkey.example.org`,
    type: 'TXT',
    data: record,
  })
  return (await results(message, dns)).map(({ result, why }) =>
    why === '' ? result : `${result}: ${why}`,
  )
}

test('signatures of both kinds pass, and fail when a byte is another', async () => {
  for (const key of [ed, rsa]) {
    const message = signedBy(letter, { domain: 'example.org', key, fields: ['from', 'subject'] })
    assert.deepEqual(await verdict(message, key.record), ['pass'])
    assert.deepEqual(await verdict(message.replace('hello', 'hallo'), key.record), [
      'fail: the body was changed',
    ])
    assert.deepEqual(await verdict(message.replace('Ana', 'Eve'), key.record), [
      'fail: the header was changed, or it is another key',
    ])
    assert.deepEqual(await verdict(`Subject: b\r\n${message}`, key.record), ['pass'])
    // RFC 6376 §5.4.2: the last of a name is the one that is signed.
    assert.match(
      (await verdict(message.replace('\r\n\r\n', '\r\nSubject: b\r\n\r\n'), key.record))[0]!,
      /^fail/,
    )
  }
})

test('what follows the signed part of a body makes it worth nothing for DMARC', async () => {
  const message = signedBy(letter, { domain: 'example.org', key: ed, tags: '; l=7' })
  assert.deepEqual(await verdict(message), ['pass'])
  assert.deepEqual(await verdict(`${message}<p>more</p>\r\n`), [
    'policy: only the first 7 bytes are signed',
  ])
  const longer = signedBy(letter, { domain: 'example.org', key: ed, tags: '; l=70' })
  assert.deepEqual(await verdict(longer), ['fail: the body is shorter than what was signed'])
})

test('signatures that say what cannot be are told so', async () => {
  const signed = (tags: string, fields = ['from']) =>
    signedBy(letter, { domain: 'example.org', key: ed, tags, fields })
  const cases: readonly [message: string, expected: string][] = [
    [signed('', ['subject']), 'permerror: From is not signed'],
    [signed('; i=@example.net'), 'permerror: signed for another domain'],
    [signed('; x=1700000000'), 'fail: expired'],
    [signed('; t=9999999999'), 'permerror: signed in the future'],
    [signed('; d=example.org'), 'permerror: not a list of tags'],
    [signed('; c=loose/simple'), 'permerror: an unknown canonical form'],
    [signed('; q=http'), 'permerror: an unknown query method'],
    [signed('').replace('ed25519-sha256', 'rsa-sha1'), 'permerror: rsa-sha1 proves nothing'],
    [signed('').replace('v=1', 'v=2'), 'permerror: an unknown version'],
    [signed('').replace('s=s;', 's=s\0.x;'), 'permerror: not a list of tags'],
    [signed('').replace('s=s;', 's=a b;'), 'permerror: no selector'],
    [signed('', ['from', ...Array<string>(300).fill('to')]), 'permerror: more than 256 fields'],
  ]
  for (const [message, expected] of cases) assert.deepEqual(await verdict(message), [expected])
})

test('keys that are weak, revoked, for something else or nonsense prove nothing', async () => {
  const message = signedBy(letter, { domain: 'example.org', key: rsa })
  const short = rsaKey(768)
  const weak = signedBy(letter, { domain: 'example.org', key: short })
  const cases: readonly [record: string, expected: string][] = [
    [rsa.record.replace(/p=.*/, 'p='), 'permerror: the key is revoked'],
    [rsa.record.replace(/p=.*/, 'p=AAAA'), 'permerror: the key is broken'],
    [rsa.record.replace('k=rsa', 'k=ed25519'), 'permerror: the key is not for rsa'],
    [`${rsa.record}; h=sha1`, 'permerror: the key is not for sha256'],
    [`${rsa.record}; s=web`, 'permerror: the key is not for mail'],
    [rsa.record.replace('DKIM1', 'DKIM2'), 'permerror: the key record is of an unknown version'],
    ['v=DKIM1; hello', 'permerror: the key record makes no sense'],
  ]
  for (const [record, expected] of cases)
    assert.deepEqual(await verdict(message, record), [expected], record)
  assert.deepEqual(await verdict(weak, short.record), ['policy: a key of 768 bits is too weak'])
  assert.deepEqual(await verdict(message, rsa.record, 'other'), [
    'permerror: no key at s._domainkey.example.org',
  ])
  const dns = new ZoneDns().fail('s._domainkey.example.org', 'TXT', 'SERVFAIL')
  assert.equal((await results(message, dns))[0]?.result, 'temperror')
})

test('of many signatures only ten are looked at', async () => {
  let message = letter
  for (let n = 0; n < 30; n++) message = signedBy(message, { domain: 'example.org', key: ed })
  assert.equal((await verdict(message)).length, 10)
})

test('a body cut anywhere has one hash, that of RFC 6376 §3.4', () => {
  const text = fc.array(fc.constantFrom('a', ' ', '\t', '\r\n', '\r', '\n', '  \r\n'), {
    maxLength: 40,
  })
  const cut = (parts: string[], cuts: number[], relaxed: boolean) => {
    const body = parts.join('')
    const form: Form = relaxed ? 'relaxed' : 'simple'
    const hash = new BodyHash(form)
    let at = 0
    for (const length of cuts) {
      hash.update(Buffer.from(body.slice(at, at + length)))
      at += length
    }
    hash.update(Buffer.from(body.slice(at)))
    const expected = createHash('sha256').update(plainForm(body, form)).digest('hex')
    assert.equal(hash.end().hash.toString('hex'), expected)
  }
  fc.assert(fc.property(text, fc.array(fc.nat(60)), fc.boolean(), cut))
})

/** The standard in a few words. */
function plainForm(body: string, form: Form): string {
  const lines =
    form === 'simple'
      ? body
      : body
          .split('\r\n')
          .map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
          .join('\r\n')
  const bare = lines.replace(/(\r\n)*$/, '')
  return bare === '' && form === 'relaxed' ? '' : `${bare}\r\n`
}

test('fields in their relaxed form', () => {
  assert.equal(canonicalField('SUBJect \t: AbC\r\n\t  D  e \r\n', 'relaxed'), 'subject:AbC D e\r\n')
  assert.equal(canonicalField('X:\r\n', 'relaxed'), 'x:\r\n')
})

test('the example of RFC 8463 Appendix A, and mail of others, pass', { skip }, async () => {
  const folder = join(corpus, 'mimekit/UnitTests/TestData/dkim')
  const dns = new ZoneDns(`
    brisbane._domainkey.football.example.com TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    test._domainkey.football.example.com TXT "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
  `)
  const message = readFileSync(join(folder, 'rfc8463-example.msg'), 'latin1')
  const found = await results(message.replace(/\r?\n/g, '\r\n'), dns)
  assert.deepEqual(
    found.map(({ result, algorithm }) => `${algorithm} ${result}`),
    ['ed25519-sha256 pass', 'rsa-sha256 pass'],
  )
  const pem = readFileSync(join(folder, 'gmail.pub'), 'utf8').replace(/-----.*-----|\s/g, '')
  const gmail = readFileSync(join(folder, 'gmail.msg'), 'latin1').replace(/\r?\n/g, '\r\n')
  const [, selector = ''] = /\bs=([^;\s]+)/.exec(gmail) ?? []
  const [, domain = ''] = /\bd=([^;\s]+)/.exec(gmail) ?? []
  const zone = new ZoneDns().put({
    name: `${selector}._domainkey.${domain}`,
    type: 'TXT',
    data: `v=DKIM1; k=rsa; p=${pem}`,
  })
  assert.deepEqual(
    (await results(gmail, zone)).map(({ result }) => result),
    ['pass'],
  )
})
