import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  formatAddress,
  needsSmtpUtf8,
  parseAddress,
  parseDomain,
  readAddress,
  sameAddress,
  splitDetail,
} from './address.ts'

const long64 = 'x'.repeat(64)
const domain255 = `${`${'d'.repeat(62)}.`.repeat(4)}abc`

const good: [string, string, string, string?][] = [
  ['a@b', 'a', 'b'],
  ['Tito@Example.COM', 'Tito', 'example.com'],
  ['first.last+tag@sub.example.co.id', 'first.last+tag', 'sub.example.co.id'],
  ["!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~", 'x.y'],
  ['a/b@d', 'a/b', 'd'],
  ['u%o@us', 'u%o', 'us'],
  ['o!u@us', 'o!u', 'us'],
  ['us!o!u@us', 'us!o!u', 'us'],
  ['%00@us', '%00', 'us'],
  ['"u@o"@us', 'u@o', 'us'],
  ['"u%o"@us', 'u%o', 'us', 'u%o@us'],
  ['"xclow3n@gmail.com x"@internal.domain', 'xclow3n@gmail.com x', 'internal.domain'],
  ['"a\\"b"@us', 'a"b', 'us'],
  ['"a\\\\b"@us', 'a\\b', 'us'],
  ['"plain"@us', 'plain', 'us', 'plain@us'],
  ['".."@us', '..', 'us'],
  ['" "@us', ' ', 'us'],
  ['"a>b"@us', 'a>b', 'us'],
  ['u@[127.0.0.1]', 'u', '[127.0.0.1]'],
  ['u%o@[192.0.2.1]', 'u%o', '[192.0.2.1]'],
  ['u@[IPv6:2001:DB8::1]', 'u', '[ipv6:2001:db8::1]', 'u@[ipv6:2001:db8::1]'],
  ['u@127.0.0.1', 'u', '127.0.0.1'],
  ['u@xn--and-6ma2c.example', 'u', 'xn--and-6ma2c.example'],
  ['u@3com.example', 'u', '3com.example'],
  [`${long64}@o`, long64, 'o'],
  [`u@${domain255}`, 'u', domain255],
]

test('addresses of RFC 5321 are read to what they mean and written back', () => {
  for (const [text, local, domain, written] of good) {
    const address = parseAddress(text)
    assert.deepEqual(address, { local, domain }, text)
    const again = formatAddress(address!)
    if (written !== undefined) assert.equal(again, written)
    assert.deepEqual(parseAddress(again), address, `${text} -> ${again}`)
  }
})

const bad = [
  '',
  '@',
  'a',
  'a@',
  '@b',
  'postmaster',
  '.',
  '..',
  '../../evil',
  '.a@b',
  'a.@b',
  'a..b@c',
  '../../evil@b',
  '""@o',
  '"a@b',
  '"a"b@c',
  'a"b"@c',
  '"a\\"@b',
  '"a\tb"@c',
  '"a\0b"@c',
  'u@o@us',
  'u@us@o',
  'u\\@o@us',
  'u(x)@o',
  'u@(x)o',
  '<a@b>',
  'a@b>',
  ' a@b',
  'a@b ',
  'a b@c',
  'a@b c',
  'a@b\r\nBcc: x',
  'a\r@b',
  'a\n@b',
  'a\0@b',
  'a@b\0',
  'a\x7f@b',
  'u@o.',
  'u@.o',
  'u@o..p',
  'u@-o',
  'u@o-',
  'u@o_p',
  'u@o/p',
  'u@o:25',
  'u@o%p',
  'u@[',
  'u@[]',
  'u@[300.1.1.1]',
  'u@[1.2.3]',
  'u@[127.0.0.1',
  'u@[IPv6:127.0.0.1]',
  'u@[IPv6:fe80::1%eth0]',
  'u@[2001:db8::1]',
  'u@[tag:x]',
  'u@[127.0.0.1].o',
  'u@o,v@o',
  'u;v@o',
  `${long64}x@o`,
  `"${long64}"@o`,
  `u@${domain255}x`,
  `u@${'d'.repeat(64)}.o`,
  'ñ@o',
  'u@ñ.o',
  'u@o．test',
]

test('what is no address is refused without a guess', () => {
  for (const text of bad) assert.equal(parseAddress(text), undefined, JSON.stringify(text))
})

test('every refusal has a reason, and SMTPUTF8 has its own', () => {
  for (const text of bad) assert.equal(typeof readAddress(text), 'string', text)
  assert.equal(readAddress('ñ@o'), needsSmtpUtf8)
})

const utf8: [string, string | undefined][] = [
  ['ñandú@example.com', 'ñandú@example.com'],
  ['用户@例え.テスト', '用户@xn--r8jz45g.xn--zckzah'],
  ['u@ÑANDÚ.example', 'u@xn--and-6ma2c.example'],
  ['u@faß.de', 'u@xn--fa-hia.de'],
  ['"ñ x"@o', '"ñ x"@o'],
  ['u@o．test', undefined],
  ['u@o。test', undefined],
  ['u@ｏ.test', undefined],
  ['u@１２７.1', undefined],
  ['u@ñ_.o', undefined],
  ['u@ñ/.o', undefined],
  ['u@-ñ.o', undefined],
  ['ñ..x@o', undefined],
  ['u\u0085x@o', undefined],
  ['u\u2028x@o', undefined],
  ['u\u200bx@o', undefined],
  ['u\u202ex@o', undefined],
  ['u\u00a0x@o', undefined],
  ['u\ufffdx@o', undefined],
  ['u\ud800x@o', undefined],
  [`${'ñ'.repeat(33)}@o`, undefined],
  [`${'ñ'.repeat(32)}@o`, `${'ñ'.repeat(32)}@o`],
]

test('with SMTPUTF8 letters of all scripts pass, look-alike punctuation and tricks do not', () => {
  for (const [text, expected] of utf8) {
    const address = parseAddress(text, { smtpUtf8: true })
    assert.equal(address && formatAddress(address), expected, JSON.stringify(text))
  }
})

test('one mailbox is one, whatever its case; the domain decides exactly', () => {
  const a = parseAddress('Tito@Example.com')!
  assert.ok(sameAddress(a, parseAddress('tito@EXAMPLE.com')!))
  assert.ok(sameAddress(a, parseAddress('"Tito"@example.com')!))
  assert.ok(!sameAddress(a, parseAddress('tito@example.org')!))
  // Length-changing folds must not make two mailboxes one.
  assert.ok(!sameAddress({ local: 'İ', domain: 'o' }, { local: 'i̇', domain: 'o' }))
  assert.ok(!sameAddress({ local: '\u212a', domain: 'o' }, { local: 'k', domain: 'o' }))
})

test('a detail splits off at the first separator, never from nothing', () => {
  assert.deepEqual(splitDetail('tito+a+b', '+'), { user: 'tito', detail: 'a+b' })
  assert.deepEqual(splitDetail('tito', '+'), { user: 'tito', detail: '' })
  assert.deepEqual(splitDetail('+tito', '+'), { user: '+tito', detail: '' })
  assert.deepEqual(splitDetail('tito+', '+'), { user: 'tito', detail: '' })
  assert.deepEqual(splitDetail('a+b', ''), { user: 'a+b', detail: '' })
})

test('domains stand alone too', () => {
  assert.equal(parseDomain('LOCALHOST'), 'localhost')
  assert.equal(parseDomain(''), undefined)
  assert.equal(parseDomain('a b'), undefined)
})
