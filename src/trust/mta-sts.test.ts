// MTA-STS policies: read, kept for their time, and held to when the world tries to take them away.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZoneDns } from './dns/zone-dns.ts'
import { type KeptPolicy, readStsPolicy, StsPolicies, stsAllows, stsRecordId } from './mta-sts.ts'

const text = (mode: string) =>
  `version: STSv1\r\nmode: ${mode}\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n`

test('the record is read as RFC 8461 §3.1 has it', () => {
  const cases: readonly [readonly string[], string | undefined][] = [
    [['v=STSv1; id=20160831085700Z;'], '20160831085700Z'],
    [['v=STSv1;id=a', 'v=spf1 -all'], 'a'],
    [['v=STSv1; id=a', 'v=STSv1; id=b'], undefined],
    [['v=STSv1'], undefined],
    [['v=STSv2; id=a'], undefined],
    [[' v=STSv1; id=a'], undefined],
  ]
  for (const [records, id] of cases) assert.equal(stsRecordId(records), id, records.join('|'))
})

test('a policy is read whole or not at all, and names hosts by exactly one label', () => {
  const policy = readStsPolicy(text('enforce'))!
  assert.deepEqual([policy.mode, policy.maxAgeSeconds], ['enforce', 604_800])
  for (const [host, allowed] of [
    ['mail.example.com', true],
    ['mx.example.net', true],
    ['a.mx.example.net', false],
    ['example.net', false],
    ['evilmail.example.com', false],
  ] as const)
    assert.equal(stsAllows(policy, host), allowed, host)
  for (const wrong of [
    text('maybe'),
    text('enforce').replace('STSv1', 'STSv9'),
    text('enforce').replace('max_age: 604800', ''),
    'version: STSv1\nmode: enforce\nmax_age: 1\n',
    '<html>',
  ])
    assert.equal(readStsPolicy(wrong), undefined, wrong)
})

test('a policy once known holds when the record goes, the web server fails or it says nonsense', async () => {
  let now = 1_000_000
  let answer: string | Error = text('enforce')
  const asked: string[] = []
  const shelf = new Map<string, KeptPolicy>()
  const dns = new ZoneDns('_mta-sts.example.com TXT "v=STSv1; id=1"')
  const fresh = () =>
    new StsPolicies({
      dns,
      fetch: async (url) => {
        asked.push(url)
        if (answer instanceof Error) throw answer
        return answer
      },
      shelf: {
        load: async (domain) => shelf.get(domain),
        save: async (domain, kept) => void shelf.set(domain, kept),
      },
      now: () => now,
    })
  const policies = fresh()
  const mode = async (which = policies) => (await which.find('example.com')).policy?.mode
  assert.equal(await mode(), 'enforce')
  assert.deepEqual(asked, ['https://mta-sts.example.com/.well-known/mta-sts.txt'])
  now += 400_000
  assert.equal(await mode(), 'enforce')
  assert.equal(asked.length, 1)
  dns.remove('_mta-sts.example.com')
  now += 400_000
  assert.equal(await mode(), 'enforce')
  dns.add('_mta-sts.example.com TXT "v=STSv1; id=2"')
  answer = new Error('connect ECONNREFUSED')
  now += 400_000
  const kept = await policies.find('example.com')
  assert.deepEqual([kept.policy?.mode, kept.failure], ['enforce', 'sts-policy-fetch-error'])
  answer = 'nonsense'
  now += 400_000
  const odd = await policies.find('example.com')
  assert.deepEqual([odd.policy?.mode, odd.failure], ['enforce', 'sts-policy-invalid'])
  // Another process, or this one after a restart, knows it too.
  assert.equal(await mode(fresh()), 'enforce')
  now += 700_000_000
  assert.equal(await mode(), undefined)
  answer = text('testing')
  now += 400_000
  assert.equal(await mode(), 'testing')
})

test('a domain without a record costs no request, and many questions at once cost one', async () => {
  let fetched = 0
  const dns = new ZoneDns('_mta-sts.b.example TXT "v=STSv1; id=1"')
  const policies = new StsPolicies({
    dns,
    fetch: async () => {
      fetched++
      return text('enforce')
    },
  })
  assert.deepEqual(await policies.find('a.example'), { policy: undefined })
  assert.equal(fetched, 0)
  await Promise.all(Array.from({ length: 20 }, () => policies.find('b.example')))
  assert.equal(fetched, 1)
})
