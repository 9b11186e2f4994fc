// Programs of other people log in by each mechanism that they have. Who they turned out to be is
// read from the trace of what they then sent.
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { credentials } from '../support/credentials.ts'
import { program } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'

const [curl, msmtp, mpop, gsasl] = await Promise.all(
  ['curl', 'msmtp', 'mpop', 'gsasl'].map((command) => program(command)),
)

const { certificates, change } = await credentials({ after })
const house = await openHouse({ after }, { change })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const { password: appPassword } = await rooms.accounts.appPasswords.add('tito', 'e2e')
const text = 'From: <tito@example.com>\nSubject: hi\n\nhello\n'

/** The newest message: by whom it was handed in, and whether over TLS. */
async function newest() {
  const [trace] = await rooms.traces.list({ limit: 1 })
  return trace && { id: trace.id, login: trace.client.login, tls: trace.client.tls !== '' }
}

async function handedInByTito(send: () => Promise<void>): Promise<void> {
  const before = await newest()
  await send()
  const now = await newest()
  assert.notEqual(now?.id, before?.id)
  assert.deepEqual([now?.login, now?.tls], ['tito@example.com', true])
}

const certificate = certificates ? false : 'no openssl here'

describe('msmtp', { skip: msmtp ? false : 'no msmtp here' }, () => {
  const msmtpArgs = (auth: string, password: string) => [
    ...['--host=127.0.0.1', '--timeout=20', '--tls=on', '--tls-certcheck=off'],
    ...[`--auth=${auth}`, '--user=tito@example.com', `--passwordeval=echo ${password}`],
    ...['--from=tito@example.com'],
  ]
  const withKey = certificates
    ? [`--tls-cert-file=${certificates.cert}`, `--tls-key-file=${certificates.key}`]
    : []
  const cases: [string, string, readonly string[], string | false][] = [
    ['plain', 'amplop', [], false],
    ['login', 'amplop', [], false],
    ['scram-sha-256', 'amplop', [], false],
    ['scram-sha-256', appPassword, [], false],
    ['oauthbearer', 'good', [], false],
    ['xoauth2', 'good', [], false],
    ['external', '', withKey, certificate],
  ]
  for (const [auth, password, more, skip] of cases)
    it(`T003-16 msmtp: ${auth} with ${password || 'a certificate'}`, { skip }, async () => {
      await handedInByTito(async () => {
        const port = `--port=${house.port('submission')}`
        const args = [...msmtpArgs(auth, password), port, ...more, '--', 'iqbal@example.com']
        const { status, stderr } = await run(msmtp!, args, text)
        assert.equal(status, 0, stderr)
      })
    })

  for (const [auth, password] of [
    ['scram-sha-256', 'wrong'],
    ['oauthbearer', 'stolen'],
    ['xoauth2', 'stolen'],
  ] as const)
    it(`T003-16 msmtp: ${auth} with what is wrong`, async () => {
      const port = `--port=${house.port('submission')}`
      const args = [...msmtpArgs(auth, password), port, '--', 'iqbal@example.com']
      const { status, stderr } = await run(msmtp!, args, text)
      assert.equal(status, 77, 'EX_NOPERM')
      assert.match(stderr, /535 5\.7\.8 /)
    })
})

describe('GNU SASL', { skip: gsasl ? false : 'no gsasl here' }, () => {
  const gsaslArgs = (mechanism: string, password: string) => [
    ...['--smtp', `--connect=127.0.0.1:${house.port('submission')}`, '--starttls'],
    ...['--x509-ca-file=', '-a', 'tito', '-z', '', '-p', password, '-m', mechanism],
    // Where it could bind it does nothing less.
    ...(mechanism.endsWith('-PLUS') ? [] : ['--no-cb']),
  ]
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'])
    it(`T003-16 gsasl: ${mechanism}`, async () => {
      for (const password of ['amplop', appPassword]) {
        const { stdout, stderr } = await run(gsasl!, gsaslArgs(mechanism, password), '')
        assert.match(stdout + stderr, /^235 2\.7\.0 /m)
      }
      const { stdout, stderr } = await run(gsasl!, gsaslArgs(mechanism, 'wrong'), '')
      assert.match(stdout + stderr, /^535 5\.7\.8 /m)
    })
})

describe('curl', { skip: curl ? false : 'no curl here' }, () => {
  const curlArgs = () => [
    ...['-sS', '--ssl-reqd', '--insecure', `smtp://127.0.0.1:${house.port('submission')}`],
    ...['--mail-from', 'tito@example.com', '--mail-rcpt', 'iqbal@example.com', '-T', '-'],
  ]
  const password = ['--user', 'tito:amplop']
  const token = ['--user', 'tito@example.com:', '--oauth2-bearer', 'good']
  const key = certificates ? ['--cert', certificates.cert, '--key', certificates.key] : []
  const cases: [string, readonly string[], string | false][] = [
    ['as it chooses', password, false],
    ['AUTH=PLAIN', password, false],
    ['AUTH=LOGIN', password, false],
    ['AUTH=OAUTHBEARER', token, false],
    ['AUTH=XOAUTH2', token, false],
    ['AUTH=EXTERNAL', ['--user', 'tito@example.com:', ...key], certificate],
  ]
  for (const [name, args, skip] of cases)
    for (const initial of [[], ['--sasl-ir']])
      it(`T003-16 curl: ${name} ${initial.join('')}`, { skip }, async () => {
        const way = name.startsWith('AUTH=') ? ['--login-options', name] : []
        await handedInByTito(async () => {
          const all = [...curlArgs(), ...way, ...args, ...initial]
          const { status, stderr } = await run(curl!, all, text.replaceAll('\n', '\r\n'))
          assert.equal(status, 0, stderr)
        })
      })
})

describe('GNU SASL reads', { skip: gsasl ? false : 'no gsasl here' }, () => {
  for (const mechanism of ['PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS'])
    it(`T002-08 gsasl by IMAP: ${mechanism}`, async () => {
      const args = (password: string) => [
        ...['--imap', `--connect=127.0.0.1:${house.port('imap')}`, '--starttls'],
        ...['--x509-ca-file=', '-a', 'tito', '-z', '', '-p', password, '-m', mechanism],
        ...(mechanism.endsWith('-PLUS') ? [] : ['--no-cb']),
      ]
      for (const password of ['amplop', appPassword]) {
        const { stdout, stderr } = await run(gsasl!, args(password), '')
        assert.match(stdout + stderr, /OK \[CAPABILITY IMAP4rev2 .*Logged in/)
      }
      const { stdout, stderr } = await run(gsasl!, args('wrong'), '')
      assert.match(stdout + stderr, /NO \[AUTHENTICATIONFAILED\]/)
    })
})

describe('mpop', { skip: mpop ? false : 'no mpop here' }, () => {
  const withKey = certificates
    ? [`--tls-cert-file=${certificates.cert}`, `--tls-key-file=${certificates.key}`]
    : []
  const cases: [string, string, readonly string[], string | false][] = [
    ['user', 'amplop', [], false],
    ['plain', 'amplop', [], false],
    ['login', 'amplop', [], false],
    ['scram-sha-256', 'amplop', [], false],
    ['oauthbearer', 'good', [], false],
    ['xoauth2', 'good', [], false],
    ['external', '', withKey, certificate],
  ]
  const mpopArgs = (auth: string, password: string) => [
    ...['--host=127.0.0.1', `--port=${house.port('pop3')}`, '--timeout=20', '--tls=on'],
    ...['--tls-starttls=on', '--tls-certcheck=off', `--auth=${auth}`, '--user=tito@example.com'],
    ...[`--passwordeval=echo ${password}`, '--auth-only', '--delivery=mda,true'],
  ]
  for (const [auth, password, more, skip] of cases)
    it(`T002-08 mpop: ${auth}`, { skip }, async () => {
      const { status, stderr } = await run(mpop!, [...mpopArgs(auth, password), ...more], '')
      assert.equal(status, 0, stderr)
    })

  it('T002-08 mpop: what is wrong', async () => {
    for (const [auth, password] of [
      ['scram-sha-256', 'wrong'],
      ['xoauth2', 'stolen'],
    ] as const) {
      const { status, stderr } = await run(mpop!, mpopArgs(auth, password), '')
      assert.equal(status, 77, `EX_NOPERM: ${stderr}`)
    }
  })
})

describe('curl reads', { skip: curl ? false : 'no curl here' }, () => {
  const password = ['--user', 'tito:amplop']
  const token = ['--user', 'tito@example.com:', '--oauth2-bearer', 'good']
  const key = certificates ? ['--cert', certificates.cert, '--key', certificates.key] : []
  const cases: [string, readonly string[], string | false][] = [
    ['as it chooses', password, false],
    ['AUTH=PLAIN', password, false],
    ['AUTH=LOGIN', password, false],
    ['AUTH=OAUTHBEARER', token, false],
    ['AUTH=XOAUTH2', token, false],
    ['AUTH=EXTERNAL', ['--user', 'tito@example.com:', ...key], certificate],
  ]
  for (const [service, told] of [
    ['imap', /^\* LIST .* INBOX\r$/m],
    ['pop3', /^/],
  ] as const)
    for (const [name, args, skip] of cases)
      for (const initial of [[], ['--sasl-ir']])
        it(`T002-08 curl ${service}: ${name} ${initial.join('')}`, { skip }, async () => {
          const way = name.startsWith('AUTH=') ? ['--login-options', name] : []
          const url = `${service}://127.0.0.1:${house.port(service)}`
          const all = ['-sS', '--ssl-reqd', '--insecure', url, ...way, ...args, ...initial]
          const { status, stdout, stderr } = await run(curl!, all, '')
          assert.equal(status, 0, stderr)
          assert.match(stdout, told)
        })
})
