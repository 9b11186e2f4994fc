// Whose word a message is: DMARC's alignment, and the ways in which one can pretend to be somebody.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SealedText } from './dkim/sealed-text.ts'
import { ZoneDns } from './dns/zone-dns.ts'
import { claimsToBe, resultsField } from './results-field.ts'
import { edKey, signedBy } from './testing/signing.ts'
import { authorDomain, type Sender, Verifier } from './verdict.ts'

const ours = edKey(1)
const theirs = edKey(2)
const zone = `
  victim.example           TXT "v=spf1 ip4:192.0.2.1 -all"
  _dmarc.victim.example    TXT "v=DMARC1; p=reject; sp=quarantine; rua=mailto:dmarc@victim.example"
  s._domainkey.victim.example TXT "${ours.record}"
  mail.victim.example      TXT "v=spf1 ip4:192.0.2.1 -all"
  strict.example           TXT "v=spf1 ip4:192.0.2.1 -all"
  _dmarc.strict.example    TXT "v=DMARC1; p=reject; aspf=s; adkim=s; t=y"
  s._domainkey.a.strict.example TXT "${ours.record}"
  a.strict.example         TXT "v=spf1 ip4:192.0.2.1 -all"
  attack.example           TXT "v=spf1 ip4:192.0.2.66 -all"
  s._domainkey.attack.example TXT "${theirs.record}"
  two.example              TXT "v=spf1 -all"
  _dmarc.two.example       TXT "v=DMARC1; p=reject"
  _dmarc.two.example       TXT "v=DMARC1; p=none"
  _dmarc.co.uk             TXT "v=DMARC1; p=reject"
  bank.co.uk               TXT "v=spf1 -all"
  1.2.0.192.in-addr.arpa   PTR mx.victim.example
  mx.victim.example        A   192.0.2.1
  66.2.0.192.in-addr.arpa  PTR mx.victim.example
  $FAIL _dmarc.broken.example TXT SERVFAIL
`
const good: Sender = {
  address: '192.0.2.1',
  helo: 'mx.victim.example',
  local: 'ana',
  domain: 'victim.example',
}
const bad: Sender = {
  address: '192.0.2.66',
  helo: 'attack.example',
  local: 'eve',
  domain: 'attack.example',
}
const letter = 'From: Ana <ana@victim.example>\r\nTo: tito@example.com\r\nSubject: a\r\n\r\nhi\r\n'

function sealed(message: string): SealedText {
  const bytes = Buffer.from(message, 'latin1')
  return new SealedText(bytes, async function* () {
    yield bytes
  })
}

async function verified(message: string, sender: Sender) {
  const text = sealed(message)
  const author = authorDomain(text)
  const from = 'domain' in author ? author.domain : ''
  const verifier = new Verifier(new ZoneDns(zone), 'mail.example.com')
  return await verifier.verify(text, sender, from, Date.UTC(2026, 0, 1))
}

async function dmarc(message: string, sender: Sender) {
  const { result, policy } = (await verified(message, sender)).dmarc
  return `${result} ${policy}`
}

test('one proof that is aligned is enough, and one that is not is none', async () => {
  const signed = signedBy(letter, { domain: 'victim.example', key: ours })
  const foreign = signedBy(letter, { domain: 'attack.example', key: theirs })
  assert.equal(await dmarc(letter, good), 'pass reject')
  assert.equal(await dmarc(letter, { ...good, domain: 'mail.victim.example' }), 'pass reject')
  assert.equal(await dmarc(signed, bad), 'pass reject')
  assert.equal(await dmarc(foreign, bad), 'fail reject')
  assert.equal(await dmarc(letter, bad), 'fail reject')
  const below = letter.replace('ana@victim', 'ana@news.victim')
  assert.equal(await dmarc(below, bad), 'fail quarantine')
  assert.equal(await dmarc(below, good), 'pass quarantine')
})

test('strict alignment wants the very domain, and trying out is told', async () => {
  const strict = letter.replaceAll('victim.example', 'strict.example')
  assert.equal(await dmarc(strict, { ...good, domain: 'a.strict.example' }), 'fail reject')
  assert.equal(await dmarc(strict, { ...good, domain: 'strict.example' }), 'pass reject')
  const signed = signedBy(strict, { domain: 'a.strict.example', key: ours })
  const found = await verified(signed, bad)
  assert.deepEqual([found.dmarc.result, found.dmarc.testing], ['fail', true])
  assert.equal(found.dkim[0]?.result, 'pass')
})

test('a public suffix speaks for nobody, and records that contradict say nothing', async () => {
  assert.equal(await dmarc(letter.replaceAll('victim.example', 'bank.co.uk'), bad), 'none none')
  assert.equal(
    await dmarc(letter.replaceAll('victim.example', 'two.example'), bad),
    'permerror none',
  )
  const broken = letter.replaceAll('victim.example', 'broken.example')
  assert.equal(await dmarc(broken, bad), 'temperror none')
})

/** The tricks that "Composition Kills" (USENIX Security 2020) found; expected: never a pass. */
const tricks: readonly [name: string, message: string, sender?: Partial<Sender>][] = [
  ['SPF by HELO alone', letter, { domain: '', helo: 'attack.example' }],
  ['a null sender, HELO of a subdomain', letter, { domain: '', helo: 'x.victim.example' }],
  [
    'a sender with a quoted domain',
    letter,
    { local: 'a', domain: 'attack.example"@victim.example' },
  ],
  ['a sender in parentheses', letter, { domain: 'victim.example(.attack.example' }],
  ['a sender with NUL', letter, { domain: 'victim.example\0.attack.example' }],
  ['a subdomain that is not there', letter, { domain: 'any.victim.example' }],
  ['two From fields', `From: <eve@attack.example>\r\n${letter}`],
  ['two From fields, the other way', letter.replace('To:', 'From: <eve@attack.example>\r\nTo:')],
  ['a From with a space before its colon', `From : <eve@attack.example>\r\n${letter}`],
  ['a From that begins with a space', ` From: <eve@attack.example>\r\n${letter}`],
  ['a folded From name', letter.replace('From:', 'From\r\n :')],
  ['several addresses', letter.replace('Ana <', '<eve@attack.example>, <')],
  ['several, and an empty one', letter.replace('Ana <ana@', '<eve@attack.example>,,,<ana@')],
  ['a route', letter.replace('<ana@', '<@attack.example,@any.example:ana@')],
  [
    'a route without brackets',
    letter.replace('Ana <ana@victim.example>', '<@attack.example:ana@victim.example>'),
  ],
  ['an address in the name', letter.replace('Ana <', '"<eve@attack.example>" <')],
  ['an address in a comment', letter.replace('Ana <', '(<eve@attack.example>) <')],
  [
    'an encoded address',
    letter.replace(
      'Ana <ana@victim.example>',
      `=?utf-8?B?${Buffer.from('<eve@attack.example>').toString('base64')}?= <ana@victim.example>`,
    ),
  ],
  ['a quoted local part', letter.replace('<ana@', '<"ana@victim.example>, <eve@attack.example>"@')],
  [
    'a group',
    letter.replace('Ana <ana@victim.example>', 'x: <eve@attack.example>, <ana@victim.example>;'),
  ],
  ['a Sender of their own', `Sender: <eve@attack.example>\r\n${letter}`],
]

test('nobody passes for somebody else by a trick', async () => {
  for (const [name, message, sender = {}] of tricks) {
    for (const signing of [false, true]) {
      const text = signing ? signedBy(message, { domain: 'attack.example', key: theirs }) : message
      const author = authorDomain(sealed(text))
      const { dmarc: found } = await verified(text, { ...bad, ...sender })
      const passes = found.result === 'pass' && 'domain' in author
      assert.equal(passes && found.from !== 'attack.example', false, `${name}: ${found.from}`)
    }
  }
})

test('signatures by tricks are no signatures', async () => {
  const signed = signedBy(letter, { domain: 'victim.example', key: theirs })
  const wrong = [
    signed.replace('d=victim.example', 'd=victim.example(.attack.example'),
    signed.replace('s=s;', 's=s._domainkey.attack.example.\0.any;'),
    signed.replace('d=victim.example', 'd=attack.example; d=victim.example'),
    signed.replace('d=victim.example', "d=attack.example'a.victim.example"),
    signedBy(letter, { domain: 'attack.example', key: theirs, tags: '; i=@victim.example' }),
  ]
  for (const message of wrong) assert.equal(await dmarc(message, bad), 'fail reject', message)
  // Signed by its owner, replayed with another From above or below.
  const own = signedBy(letter, { domain: 'victim.example', key: ours, fields: ['from', 'subject'] })
  for (const replayed of [
    `From: <eve@attack.example>\r\n${own}`,
    own.replace('To:', 'From: <x@victim.example>\r\nTo:'),
  ])
    assert.ok('wrong' in authorDomain(sealed(replayed)))
})

test('the client is named only when the name leads back to it', async () => {
  assert.deepEqual((await verified(letter, good)).iprev, {
    result: 'pass',
    name: 'mx.victim.example',
  })
  assert.equal((await verified(letter, bad)).iprev.result, 'fail')
  const nameless = { ...good, address: '2001:db8::1' }
  assert.equal((await verified(letter, nameless)).iprev.result, 'permerror')
})

test('the field says all of it, and nothing said to us gets out of its place', async () => {
  const origin = await verified(signedBy(letter, { domain: 'victim.example', key: ours }), good)
  const field = resultsField('mail.example.com', '192.0.2.1', origin)
  assert.equal(
    field.replace(/header\.b=[^\s;]+/, 'header.b=B'),
    [
      'Authentication-Results: mail.example.com;',
      ' iprev=pass (mx.victim.example) policy.iprev=192.0.2.1;',
      ' spf=pass (ip4:192.0.2.1 of victim.example) smtp.mailfrom=victim.example;',
      ' dkim=pass (256-bit key) header.d=victim.example header.s=s header.a=ed25519-sha256 header.b=B;',
      ' dmarc=pass (p=reject of victim.example) header.from=victim.example',
      '',
    ].join('\r\n'),
  )
  const sly = { ...bad, domain: 'x.example; dmarc=pass header.from="y\r\nX: y' }
  const other = resultsField('mail.example.com', '192.0.2.66', await verified(letter, sly))
  assert.equal(other.match(/;\s*dmarc=/g)?.length, 2)
  assert.match(other, /smtp\.mailfrom="x\.example; dmarc=pass header\.from=\\"y\?\?x: y";/)
})

test('whoever pretends to be us is found out', () => {
  const claims = (value: string) =>
    claimsToBe('mail.example.com', { name: 'authentication-results', raw: '', value })
  const cases: readonly [value: string, expected: boolean][] = [
    ['mail.example.com; dmarc=pass', true],
    ['(x) Mail.Example.COM (y) 1; dmarc=pass', true],
    ['"mail.example.com"; dmarc=pass', true],
    ['"mail.ex\\ample.com"; dmarc=pass', true],
    ['((x) y) mail.example.com; dmarc=pass', true],
    ['mx.example.net; mail.example.com=pass', false],
    ['mail.example.com.example.net; dmarc=pass', false],
  ]
  for (const [value, expected] of cases) assert.equal(claims(value), expected, value)
})
