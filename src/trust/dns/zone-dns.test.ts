// The DNS in memory: it must answer, and fail, as the real one does, for every test stands on it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { questionName, reverseName } from './names.ts'
import { ZoneDns } from './zone-dns.ts'
import { readZone } from './zone-text.ts'

const zone = `
  ; what a domain with everything publishes
  example.com.      3600 IN  MX    10 mx1.example.com.
                          MX    20 mx2.example.com.
  example.com               TXT   "v=spf1 " "mx -all"
  mx1.example.com           A     192.0.2.1
  mx1.example.com           AAAA  2001:DB8::1
  _25._tcp.mx1.example.com  TLSA  3 1 1 ( 00ff
                                    a0 ) ; two lines
  _imaps._tcp.example.com   SRV   0 1 993 imap.example.com
  example.com               CAA   0 issue "ca.example; x=1"
  www.example.com           CNAME web.example.com
  web.example.com           A     192.0.2.9
  loop1.example.com         CNAME loop2.example.com
  loop2.example.com         CNAME loop1.example.com
  *.wild.example.com        TXT   anything
  1.2.0.192.in-addr.arpa    PTR   mx1.example.com
  null.example.com          MX    0 .
  odd.example.com           TXT   "a\\"b\\\\c\\009d é"
  $FAIL broken.example.com MX SERVFAIL from 192.0.2.53
  $SECURE example.com
`

test('records of every type that mail asks for come back as they were written', async () => {
  const dns = new ZoneDns(zone)
  const records = async (name: string, type: 'A') => {
    const answer = await dns.query(name, type)
    return answer.is === 'found' ? answer.records : answer.is
  }
  const cases: readonly [name: string, type: string, expected: unknown][] = [
    [
      'example.com',
      'MX',
      [
        { preference: 10, exchange: 'mx1.example.com' },
        { preference: 20, exchange: 'mx2.example.com' },
      ],
    ],
    ['EXAMPLE.com.', 'TXT', ['v=spf1 mx -all']],
    ['mx1.example.com', 'AAAA', ['2001:db8::1']],
    [
      '_25._tcp.mx1.example.com',
      'TLSA',
      [{ usage: 3, selector: 1, matching: 1, data: Buffer.from([0, 255, 160]) }],
    ],
    [
      '_imaps._tcp.example.com',
      'SRV',
      [{ priority: 0, weight: 1, port: 993, target: 'imap.example.com' }],
    ],
    ['example.com', 'CAA', [{ critical: false, tag: 'issue', value: 'ca.example; x=1' }]],
    ['www.example.com', 'A', ['192.0.2.9']],
    ['1.2.0.192.in-addr.arpa', 'PTR', ['mx1.example.com']],
    ['null.example.com', 'MX', [{ preference: 0, exchange: '' }]],
    ['a.b.wild.example.com', 'TXT', ['anything']],
    ['odd.example.com', 'TXT', ['a"b\\c\td \xc3\xa9']],
    ['_tcp.mx1.example.com', 'A', 'no-record'],
    ['mx1.example.com', 'MX', 'no-record'],
    ['nobody.example.com', 'A', 'no-name'],
    ['loop1.example.com', 'A', 'failed'],
    ['broken.example.com', 'MX', 'failed'],
    ['a..b', 'A', 'no-name'],
  ]
  for (const [name, type, expected] of cases)
    assert.deepEqual(await records(name, type as 'A'), expected, `${name} ${type}`)
  assert.equal(dns.asked[0], 'example.com MX')
})

test('an answer is secure only if every name on the way to it is', async () => {
  const dns = new ZoneDns(zone).add(`
    other.org      CNAME www.example.com
    out.example.com CNAME plain.org
    plain.org      A 192.0.2.3`)
  for (const [name, secure] of [
    ['www.example.com', true],
    ['other.org', false],
    ['out.example.com', false],
  ] as const) {
    const answer = await dns.query(name, 'A')
    assert.deepEqual([answer.is, answer.is === 'found' && answer.secure], ['found', secure], name)
  }
  const gone = await dns.query('nobody.example.com', 'A')
  assert.deepEqual(gone, { is: 'no-name', secure: true })
})

test('failures and delays begin and end', async () => {
  const dns = new ZoneDns('a.example A 192.0.2.1\n$DELAY a.example 1')
  dns.fail('*', '*', 'timed out')
  assert.deepEqual(await dns.query('a.example', 'A'), { is: 'failed', why: 'timed out' })
  dns.heal()
  assert.equal((await dns.query('a.example', 'A')).is, 'found')
  dns.remove('a.example')
  assert.equal((await dns.query('a.example', 'A')).is, 'no-name')
})

test('zone text with $ORIGIN is read as name servers read it, and nonsense is named', () => {
  const { records } = readZone(`$TTL 3600
$ORIGIN example.org.
@ IN SOA ns.example.org. root.example.org. ( 1 2 3
  4 5 )
@     MX 10 mail
mail  A  192.0.2.1
      AAAA 2001:db8::1
`)
  assert.deepEqual(
    records.map((one) => `${one.name} ${one.type}`),
    ['example.org MX', 'mail.example.org A', 'mail.example.org AAAA'],
  )
  for (const wrong of ['a.example WHAT 1', 'a MX 10', 'a A', 'a TXT "open', '$WHAT a', 'a A (1'])
    assert.throws(() => new ZoneDns(wrong), /zone text/, wrong)
})

test('names are asked in A-labels, addresses backwards', () => {
  assert.equal(questionName('Пример.example.'), 'xn--e1afmkfd.example')
  assert.equal(questionName('_dmarc.Example.com'), '_dmarc.example.com')
  assert.equal(questionName(`${'a'.repeat(64)}.com`), undefined)
  assert.equal(reverseName('192.0.2.1'), '1.2.0.192.in-addr.arpa')
  assert.equal(
    reverseName('2001:db8::192.0.2.1'),
    '1.0.2.0.0.0.0.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa',
  )
})
