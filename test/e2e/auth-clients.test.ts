// Programs of other people log in by each mechanism that they have. Who they turned out to be is
// read from the trace of what they then sent.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { program } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const [curl, msmtp, gsasl, openssl] = await Promise.all(
  ['curl', 'msmtp', 'gsasl', 'openssl'].map((command) => program(command)),
)

/** Says of the token "good" that it is tito's. */
const authority = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (part) => {
    body += part
  })
  request.on('end', () => {
    const active = new URLSearchParams(body).get('token') === 'good'
    response.end(JSON.stringify({ active, username: 'tito@example.com' }))
  })
})
await new Promise<void>((resolve) => authority.listen(0, '127.0.0.1', resolve))
after(() => {
  authority.closeAllConnections()
  authority.close()
})

const folder = newFolder({ after })
const certificates = openssl === undefined ? undefined : makeCertificates(openssl)
const house = await openHouse(
  { after },
  {
    change: (settings) => ({
      ...settings,
      accounts: {
        ...settings.accounts,
        token_check_url: `http://127.0.0.1:${(authority.address() as AddressInfo).port}/check`,
      },
      tls: { ...settings.tls, client_ca: certificates?.ca ?? '' },
    }),
  },
)
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const { password: appPassword } = await rooms.accounts.appPasswords.add('tito', 'e2e')
const text = 'From: <tito@example.com>\nSubject: hi\n\nhello\n'

/** A key and a certificate for tito, and who signed it: paths. */
function makeCertificates(openssl: string) {
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const call = (...args: string[]) => execFileSync(openssl, args, { cwd: folder, stdio: 'pipe' })
  call('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=ca')
  call('req', ...key, '-keyout', 'tito.key', '-out', 'tito.csr', '-subj', '/CN=Tito')
  writeFileSync(join(folder, 'names'), 'subjectAltName=email:tito@example.com\n')
  const signed = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names']
  call('x509', '-req', '-in', 'tito.csr', ...signed, '-out', 'tito.crt')
  const path = (name: string) => join(folder, name)
  assert.match(readFileSync(path('tito.crt'), 'utf8'), /BEGIN CERTIFICATE/)
  return { ca: path('ca.crt'), cert: path('tito.crt'), key: path('tito.key') }
}

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
