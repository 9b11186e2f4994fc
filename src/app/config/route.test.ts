import assert from 'node:assert/strict'
import { test } from 'node:test'
import { routeOf } from './route.ts'

const usual = { to: [], from: [], attempt: 1, login: '', source: '' }
const smtp = { is: 'smtp', tls: 'starttls', port: 25 }

test('routes as they may be written', () => {
  const rows: readonly (readonly [string, object])[] = [
    ['via=mx1.example.net', { via: { ...smtp, host: 'mx1.example.net' } }],
    [
      'via=192.0.2.7:2525 tls=none',
      { via: { ...smtp, host: '192.0.2.7', port: 2525, tls: 'none' } },
    ],
    [
      'via=[2001:db8::1]:26 tls=tls',
      { via: { ...smtp, host: '2001:db8::1', port: 26, tls: 'tls' } },
    ],
    [
      'to=Example.net,.example.org from=a.test via=hub login=/etc/hub',
      {
        ...{ to: ['example.net', '.example.org'], from: ['a.test'], login: '/etc/hub' },
        via: { ...smtp, host: 'hub' },
      },
    ],
    ['via=lmtp:store.test', { via: { is: 'lmtp', host: 'store.test', port: 24, tls: 'none' } }],
    ['via=lmtp:[::1]:2003 tls=tls', { via: { is: 'lmtp', host: '::1', port: 2003, tls: 'tls' } }],
    ['attempt=4 via=hub', { attempt: 4, via: { ...smtp, host: 'hub' } }],
    [
      'from=a.test via=mx source=192.0.2.7',
      { from: ['a.test'], via: { is: 'mx' }, source: '192.0.2.7' },
    ],
    ['via=https://a.test/in?x=1', { via: { is: 'post', url: 'https://a.test/in?x=1' } }],
    ['via=http://127.0.0.1:8080', { via: { is: 'post', url: 'http://127.0.0.1:8080/' } }],
  ]
  for (const [text, wanted] of rows) assert.deepEqual(routeOf(text), { ...usual, ...wanted }, text)
})

test('what is no route', () => {
  for (const text of [
    '',
    'to=example.net',
    'via=',
    'via=a b',
    'via=hub:0',
    'via=hub:65536',
    'via=hub via=hub',
    'via=hub tls=maybe',
    'via=hub colour=red',
    'to=-x via=hub',
    'via=hub attempt=0',
    'via=hub attempt=100',
    'via=hub attempt=one',
    'via=hub source=here',
    'via=mx tls=none',
    'via=mx login=/x',
    'via=https://tito:secret@a.test/',
    'via=https://',
    'via=https://a.test tls=tls',
    'via=lmtp:',
  ])
    assert.equal(routeOf(text), undefined, text)
})
