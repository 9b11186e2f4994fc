import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { describe, it } from 'node:test'
import { Refused } from '../base/refused.ts'
import { authenticate, offered } from './sasl.ts'
import type { Authenticator, Channel, SaslOutcome } from './sasl-port.ts'
import { scram } from './sasl-scram.ts'
import { type ScramLies, scramClient } from './testing/scram-client.ts'

const plainChannel: Channel = {
  address: '127.0.0.1',
  tls: '',
  certified: [],
  channelBinding: () => undefined,
}
const exporter = Buffer.alloc(32, 7)
const tlsChannel: Channel = {
  address: '192.0.2.1',
  tls: 'TLSv1.3',
  certified: [],
  channelBinding: (type) => (type === 'tls-exporter' ? exporter : undefined),
}

const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
const hmac = (key: Buffer, text: string) => createHmac('sha256', key).update(text).digest()

function keyOf(password: string) {
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest()
  return { storedKey, serverKey: hmac(salted, 'Server Key') }
}

/** One account, "user", with the passwords "pencil" and "crayon". */
const accounts: Authenticator<string> = {
  offers: { scram: true, bearer: true },
  password: async (name, password) =>
    name === 'user' && ['pencil', 'crayon'].includes(password) ? `by ${password}` : undefined,
  scram: async (name) => ({
    salt,
    iterations: 4096,
    keys: name === 'user' ? [keyOf('pencil'), keyOf('crayon')] : [keyOf('nobody knows')],
    settle: async (key) => (key === undefined ? undefined : `by ${['pencil', 'crayon'][key]}`),
  }),
  bearer: async (name, token) =>
    token === 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==' ? name : undefined,
  certified: async ([address], actAs) => (actAs === '' || actAs === address ? address : undefined),
}

const base64 = (text: string) => Buffer.from(text).toString('base64')
const clear = (text: string) => Buffer.from(text, 'base64').toString()

/** Answers challenges one after the other, and remembers them. */
function asked(...answers: ((challenge: string) => string)[]) {
  const challenges: string[] = []
  const ask = async (challenge: string) => {
    challenges.push(clear(challenge))
    const answer = answers.shift() ?? assert.fail(`a challenge too many: ${clear(challenge)}`)
    return answer(clear(challenge))
  }
  return { ask, challenges }
}

describe('SCRAM', () => {
  it('is the example of RFC 7677 §3', async () => {
    const { ask, challenges } = asked(
      () =>
        base64(
          'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,' +
            'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
        ),
      () => '',
    )
    const initial = base64('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    const way = { plus: false, nonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0' }
    const outcome = await scram({ initial, ask }, plainChannel, accounts, way)
    assert.deepEqual(outcome, { login: 'by pencil' })
    assert.deepEqual(challenges, [
      'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    ])
  })

  async function play(told: Told): Promise<SaslOutcome<string>> {
    const { mechanism = 'SCRAM-SHA-256', channel = tlsChannel, lies = {} } = told
    const client = scramClient(told.name ?? 'user', told.password ?? 'pencil', lies)
    const { ask } = asked(
      (challenge) => base64(client.final(challenge)),
      (challenge) => (client.believes(challenge) ? '' : '*'),
    )
    return authenticate(mechanism, { initial: base64(client.first), ask }, channel, accounts)
  }
  interface Told {
    readonly mechanism?: string
    readonly channel?: Channel
    readonly name?: string
    readonly password?: string
    readonly lies?: ScramLies
  }
  const plus = 'SCRAM-SHA-256-PLUS'
  const bound = { flag: 'p=tls-exporter', binding: exporter }
  const cases: [string, Told, SaslOutcome<string>][] = [
    ['a password', {}, { login: 'by pencil' }],
    ['another password of the account', { password: 'crayon' }, { login: 'by crayon' }],
    ['a wrong password', { password: 'Pencil' }, 'wrong'],
    ['an unknown name', { name: 'nobody' }, 'wrong'],
    ['to act as oneself', { lies: { actAs: 'user' } }, { login: 'by pencil' }],
    ['to act as another', { lies: { actAs: 'root' } }, 'wrong'],
    ['a nonce that is not ours', { lies: { finalNonce: 'abc' } }, 'wrong'],
    ['bound to this connection', { mechanism: plus, lies: bound }, { login: 'by pencil' }],
    [
      'bound to another connection',
      { mechanism: plus, lies: { ...bound, binding: Buffer.alloc(32, 8) } },
      'wrong',
    ],
    [
      'bound by a type that this connection has not',
      { mechanism: plus, lies: { flag: 'p=tls-server-end-point', binding: exporter } },
      'malformed',
    ],
    [
      'bound by an unknown type',
      { mechanism: plus, lies: { flag: 'p=tls-unique', binding: exporter } },
      'malformed',
    ],
    ['-PLUS without a binding', { mechanism: plus }, 'malformed'],
    ['a binding without -PLUS', { lies: bound }, 'malformed'],
    ['a binding that is not used', { lies: { binding: exporter } }, 'wrong'],
    ['our -PLUS hidden from the client', { lies: { flag: 'y' } }, 'wrong'],
    ['no -PLUS there', { channel: plainChannel, lies: { flag: 'y' } }, { login: 'by pencil' }],
    ['a mandatory extension', { name: 'user', lies: { flag: 'n,,m=x' } }, 'malformed'],
    ['a name with an escape that is none', { name: 'us=er' }, 'malformed'],
    ['an empty name', { name: '' }, 'malformed'],
    ['an empty nonce', { lies: { nonce: '' } }, 'malformed'],
  ]
  for (const [name, told, expected] of cases)
    it(`${name}: ${typeof expected === 'string' ? expected : 'proved'}`, async () => {
      assert.deepEqual(await play(told), expected)
    })

  it('that the client ends, or that makes no sense, ends without a login', async () => {
    const client = scramClient('user', 'pencil')
    const initial = base64(client.first)
    for (const [answers, expected] of [
      [['*'], 'cancelled'],
      [['!'], 'malformed'],
      [[''], 'malformed'],
      [[base64('c=biws,r=x')], 'malformed'],
      [[base64('c=biws,r=x,p=AAAA')], 'wrong'],
    ] as const) {
      const { ask } = asked(...answers.map((answer) => () => answer))
      const outcome = await authenticate('SCRAM-SHA-256', { initial, ask }, plainChannel, accounts)
      assert.equal(outcome, expected)
    }
    const { ask } = asked(
      (challenge) => base64(client.final(challenge)),
      () => '*',
    )
    const outcome = await authenticate('SCRAM-SHA-256', { initial, ask }, plainChannel, accounts)
    assert.equal(outcome, 'cancelled', 'a client that does not believe us')
  })
})

describe('PLAIN and LOGIN', () => {
  const cases: [string, string | undefined, string[], SaslOutcome<string>][] = [
    ['PLAIN', base64('\0user\0pencil'), [], { login: 'by pencil' }],
    ['PLAIN', undefined, [base64('\0user\0pencil')], { login: 'by pencil' }],
    ['PLAIN', base64('user\0user\0pencil'), [], { login: 'by pencil' }],
    ['PLAIN', base64('\0user\0no'), [], 'wrong'],
    ['PLAIN', base64('user\0pencil'), [], 'malformed'],
    ['PLAIN', base64('\0\0pencil'), [], 'malformed'],
    ['PLAIN', base64('\0user\0pen\0cil'), [], 'malformed'],
    ['PLAIN', '=', [], 'malformed'],
    ['PLAIN', 'a', [], 'malformed'],
    ['PLAIN', undefined, ['*'], 'cancelled'],
    ['LOGIN', undefined, [base64('user'), base64('pencil')], { login: 'by pencil' }],
    ['LOGIN', base64('user'), [base64('pencil')], { login: 'by pencil' }],
    ['LOGIN', base64('user'), ['*'], 'cancelled'],
    ['LOGIN', base64('user'), [''], 'malformed'],
  ]
  for (const [mechanism, initial, answers, expected] of cases)
    it(`${mechanism} ${initial ?? ''} ${answers.join(' ')}`, async () => {
      const { ask } = asked(...answers.map((answer) => () => answer))
      const exchange = { initial, ask }
      assert.deepEqual(await authenticate(mechanism, exchange, plainChannel, accounts), expected)
    })

  it('to act as another is refused', async () => {
    const initial = base64('root\0user\0pencil')
    const { ask } = asked()
    await assert.rejects(
      authenticate('PLAIN', { initial, ask }, plainChannel, accounts),
      (error) => error instanceof Refused && error.code === 'wrong-credentials',
    )
  })
})

describe('tokens', () => {
  const token = 'vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=='
  const standard = (rest: string) => `n,a=user@example.com,\x01${rest}\x01\x01`
  const pairs = `host=server.example.com\x01port=143\x01auth=Bearer ${token}`
  const cases: [string, string, SaslOutcome<string>, string[]][] = [
    // RFC 7628 §4.1, with the "=" signs that base64 asks for.
    ['OAUTHBEARER', standard(pairs), { login: 'user@example.com' }, []],
    ['OAUTHBEARER', standard('auth=Bearer no'), 'wrong', ['{"status":"invalid_token"}']],
    ['OAUTHBEARER', standard('auth=Basic abc'), 'malformed', []],
    ['OAUTHBEARER', standard('host=x'), 'malformed', []],
    ['OAUTHBEARER', `auth=Bearer ${token}`, 'malformed', []],
    ['OAUTHBEARER', `n,,\x01auth=Bearer ${token}\x01\x01`, { login: '' }, []],
    [
      'XOAUTH2',
      `user=user@example.com\x01auth=Bearer ${token}\x01\x01`,
      { login: 'user@example.com' },
      [],
    ],
    [
      'XOAUTH2',
      'user=u\x01auth=Bearer x\x01\x01',
      'wrong',
      ['{"status":"401","schemes":"bearer"}'],
    ],
    ['XOAUTH2', `user=u\x01auth=Bearer ${token}`, 'malformed', []],
  ]
  for (const [mechanism, message, expected, told] of cases)
    it(`${mechanism} ${JSON.stringify(message)}`, async () => {
      const { ask, challenges } = asked(() => 'AQ==')
      const exchange = { initial: base64(message), ask }
      assert.deepEqual(await authenticate(mechanism, exchange, tlsChannel, accounts), expected)
      assert.deepEqual(challenges, told)
    })
})

it('EXTERNAL is whom the certificate names, or whom of those the client wants to be', async () => {
  const channel = { ...tlsChannel, certified: ['user@example.com'] }
  for (const [initial, expected] of [
    ['=', { login: 'user@example.com' }],
    [base64('user@example.com'), { login: 'user@example.com' }],
    [base64('root@example.com'), 'wrong'],
  ] as const) {
    const { ask } = asked()
    assert.deepEqual(await authenticate('EXTERNAL', { initial, ask }, channel, accounts), expected)
  }
})

it('a mechanism is offered where it can be used, and none where it can be overheard', () => {
  const all = { scram: true, bearer: true }
  const none = { scram: false, bearer: false }
  const certified = ['user@example.com']
  const cases: [Partial<Channel>, typeof all, string][] = [
    [{}, none, 'PLAIN LOGIN'],
    [{}, all, 'SCRAM-SHA-256-PLUS SCRAM-SHA-256 PLAIN LOGIN OAUTHBEARER XOAUTH2'],
    [{ channelBinding: () => undefined }, { ...none, scram: true }, 'SCRAM-SHA-256 PLAIN LOGIN'],
    [{ certified }, none, 'EXTERNAL PLAIN LOGIN'],
    [{ tls: '' }, all, ''],
    [{ tls: '', certified }, all, ''],
    [{ ...plainChannel, address: '::1' }, all, 'SCRAM-SHA-256 PLAIN LOGIN OAUTHBEARER XOAUTH2'],
  ]
  for (const [channel, offers, expected] of cases)
    assert.equal(offered({ ...tlsChannel, ...channel }, offers).join(' '), expected)
})
