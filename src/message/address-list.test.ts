import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AddressEntry, cleanText, mailboxesOf, parseAddressList } from './address-list.ts'

/** "name|local|domain" joined by " + ", groups as "group[…]". */
function shown(list: readonly AddressEntry[]): string {
  return list
    .map((entry) =>
      'group' in entry
        ? `${entry.group}[${shown(entry.members)}]`
        : `${entry.name}|${entry.local}|${entry.domain}`,
    )
    .join(' + ')
}

const cases: [string, string][] = [
  ['a@b', '|a|b'],
  ['<a@b>', '|a|b'],
  ['Joe <a@b>', 'Joe|a|b'],
  ['"Joe, Q." <a@b>', 'Joe, Q.|a|b'],
  ['John Q. Public <JQB@Bar.Example>', 'John Q. Public|JQB|Bar.Example'],
  ['a@b (Joe Q)', 'Joe Q|a|b'],
  ['a@b (Joe (the) Q)', 'Joe (the) Q|a|b'],
  ['a@b, c@d', '|a|b + |c|d'],
  [',, a@b,,', '|a|b'],
  ['a@b; c@d', '|a|b + |c|d'],
  ['Who? <one@y.test>, <boss@nil.test>', 'Who?|one|y.test + |boss|nil.test'],
  ['"Giant; \\"Big\\" Box" <a@b>', 'Giant; "Big" Box|a|b'],
  // RFC 5322 appendices A.1.3 and A.5.
  [
    'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
    'A Group[Ed Jones|c|a.test + |joe|where.test + John|jdoe|one.test]',
  ],
  ['Undisclosed recipients:;', 'Undisclosed recipients[]'],
  ['undisclosed-recipients: ;, a@b', 'undisclosed-recipients[] + |a|b'],
  ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', 'Pete|pete|silly.test'],
  ['(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;', 'Hidden recipients[]'],
  ['Joe Q. Public <john . q . public@example.com>', 'Joe Q. Public|john.q.public|example.com'],
  ['<@node.test,@b:joe@node.test>', '|joe|node.test'],
  ['joe @ example . com', '|joe|example.com'],
  ['"a b"@c', '|a b|c'],
  ['<"a>b"@c>', '|a>b|c'],
  ['x <a@[IPv6:::1]>', 'x|a|[IPv6:::1]'],
  ['a@[192.0.2.1]', '|a|[192.0.2.1]'],
  ['user2', '|user2|'],
  ['Some One', 'Some One||'],
  ['Joe a@b', 'Joe|a|b'],
  ['Joe <>', 'Joe||'],
  ['<>', ''],
  ['', ''],
  ['"unended <a@b>', '|unended <a@b>|'],
  ['<a@b', '|a|b'],
  ['(((', ''],
  ['=?utf-8?q?A=C3=B1o?= <a@b>', 'Año|a|b'],
  ['"=?utf-8?q?A=C3=B1o?=" <a@b>', 'Año|a|b'],
  ['=?utf-8?q?A?= =?utf-8?q?=C3=B1?= <a@b>', 'Añ|a|b'],
  [Buffer.from('Año <ñ@b>').toString('latin1'), 'Año|ñ|b'],
]

test('address lists are read as standards and mail programs write them', () => {
  for (const [raw, expected] of cases) {
    assert.equal(shown(parseAddressList(raw)), expected, raw)
  }
})

test('names cannot hide or turn text, nor break a line', () => {
  const word = Buffer.from('a\u202e\u200b\r\nb').toString('base64')
  assert.equal(shown(parseAddressList(`=?utf-8?b?${word}?= <a\0@b>`)), 'a b|a|b')
  assert.equal(cleanText('\u2066x\u2069\ufeff\u2028y'), 'x y')
})

test('a list is cut at 1,000 entries, groups count as what they hold', () => {
  assert.equal(parseAddressList('a@b,'.repeat(5000)).length, 1000)
  assert.ok(mailboxesOf(parseAddressList(`g:${'a@b,'.repeat(5000)};`)).length <= 1000)
})
