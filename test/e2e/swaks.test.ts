// swaks: each of its options of AUTH and TLS that a server has a part in.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { credentials } from '../support/credentials.ts'
import { program, provided } from '../support/debian.ts'
import { run } from '../support/foreign.ts'
import { openHouse } from '../support/house.ts'
import { newFolder } from '../support/places.ts'

const swaks = await program('swaks')
const tls =
  swaks !== undefined &&
  (await provided(
    () => spawnSync(swaks, ['--support'], { encoding: 'utf8' }).stdout.includes('TLS supported'),
    'libnet-ssleay-perl',
  ))
const skip = tls ? false : 'no swaks with TLS here'
const { certificates, change } = await credentials({ after })
const house = await openHouse({ after }, { change })
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const own = join(house.started.folder, 'self-signed.pem')
const kept = join(newFolder({ after }), 'peer.pem')

/** What swaks ends with, as its manual has it. */
const exits = { sent: 0, refusedSender: 23, noTls: 29, noAuth: 28 } as const

async function swaksTo(service: string, args: readonly string[]) {
  const place = ['--server', '127.0.0.1', '--port', `${house.port(service)}`, '--timeout', '20']
  const mail = ['--from', 'tito@example.com', '--to', 'iqbal@example.com', '--body', 'hi']
  return await run(swaks!, [...place, ...mail, ...args], '')
}

/** The newest message's login and version of TLS. */
async function newest(): Promise<readonly [string, string]> {
  const [trace] = await rooms.traces.list({ limit: 1 })
  return [trace?.client.login ?? '', trace?.client.tls ?? '']
}

const user = ['-au', 'tito', '-ap', 'amplop']
const none = ''
const tito = 'tito@example.com'
type Sent = [options: string, service: string, args: readonly string[], login: string, tls: RegExp]
const any = /^TLSv1\.[23]$/
const plain = /^$/

const sends: readonly Sent[] = [
  ['--auth', 'smtp', ['-a', ...user], tito, plain],
  ['--auth LOGIN,PLAIN', 'smtp', ['-a', 'LOGIN,PLAIN', ...user], tito, plain],
  ['--auth CRAM-MD5,PLAIN: what both have', 'smtp', ['-a', 'CRAM-MD5,PLAIN', ...user], tito, plain],
  ['--auth-optional', 'smtp', ['-ao', ...user], tito, plain],
  ['--auth-optional, and none in common', 'smtp', ['-ao', 'CRAM-MD5', ...user], none, plain],
  ['--auth-optional, and it is wrong', 'smtp', ['-ao', '-au', 'tito', '-ap', 'no'], none, plain],
  ['--auth-optional-strict', 'smtp', ['-aos', ...user], tito, plain],
  ['--auth-map', 'smtp', ['-a', 'X', '-am', 'PLAIN=LOGIN', ...user], tito, plain],
  ['--auth-plaintext', 'smtp', ['-a', '-apt', ...user], tito, plain],
  ['--auth-hide-password', 'smtp', ['-a', '-ahp', ...user], tito, plain],
  ['--tls', 'smtp', ['-tls'], none, any],
  ['--tls --auth', 'submission', ['-tls', '-a', ...user], tito, any],
  ['--tls-optional', 'smtp', ['-tlso'], none, any],
  ['--tls-optional-strict', 'smtp', ['-tlsos'], none, any],
  ['--tls-on-connect', 'submissions', ['-tlsc', '-a', ...user], tito, any],
  ['--tls-protocol tlsv1_2', 'smtp', ['-tls', '-tlsp', 'tlsv1_2'], none, /^TLSv1\.2$/],
  ['--tls-protocol tlsv1_3', 'smtp', ['-tls', '-tlsp', 'tlsv1_3'], none, /^TLSv1\.3$/],
  [
    '--tls-cipher',
    'smtp',
    ['-tls', '-tlsp', 'tlsv1_2', '--tls-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    none,
    /^TLSv1\.2$/,
  ],
  ['--tls-verify --tls-ca-path', 'smtp', ['-tls', '--tls-verify', '--tls-ca-path', own], none, any],
  ['--tls-get-peer-cert', 'smtp', ['-tls', '--tls-get-peer-cert', kept], none, any],
  ['--tls-sni', 'smtp', ['-tls', '--tls-sni', 'mail.example.com'], none, any],
]

describe('swaks', { skip }, () => {
  for (const [options, service, args, login, version] of sends)
    it(`T003-16 swaks ${options}`, async () => {
      // A map whose alias is asked for by name.
      const said = args.includes('X') ? args.map((arg) => (arg === 'X' ? 'LOGIN' : arg)) : args
      const { status, stdout, stderr } = await swaksTo(service, said)
      assert.equal(status, exits.sent, stdout + stderr)
      const [who, how] = await newest()
      assert.equal(who, login)
      assert.match(how, version)
      if (options === '--tls-get-peer-cert') assert.ok(existsSync(kept))
    })

  it('T003-16 swaks --tls-cert --tls-key', {
    skip: certificates ? false : 'no openssl here',
  }, async () => {
    const { cert, key } = certificates!
    const args = ['-tls', '--tls-cert', cert, '--tls-key', key]
    const { status, stdout, stderr } = await swaksTo('smtp', args)
    assert.equal(status, exits.sent, stdout + stderr)
    // It has shown who it is, and so may use EXTERNAL.
    assert.match(stdout, /250-AUTH .*EXTERNAL/)
  })

  const wrong = ['-au', 'tito', '-ap', 'wrong']
  const failures: readonly [string, string, readonly string[], number, RegExp][] = [
    ['--auth with what is wrong', 'smtp', ['-a', 'PLAIN', ...wrong], exits.noAuth, /535 5\.7\.8 /],
    ['--auth LOGIN, wrong', 'smtp', ['-a', 'LOGIN', ...wrong], exits.noAuth, /535 5\.7\.8 /],
    ['--auth CRAM-MD5', 'smtp', ['-a', 'CRAM-MD5', ...user], exits.noAuth, /AUTH/],
    ['--auth-optional-strict, wrong', 'smtp', ['-aos', ...wrong], exits.noAuth, /535 5\.7\.8 /],
    ['--tls-verify', 'smtp', ['-tls', '--tls-verify'], exits.noTls, /verif/],
    [
      '--tls-cipher of long ago',
      'smtp',
      ['-tls', '-tlsp', 'tlsv1_2', '--tls-cipher', 'AES128-SHA'],
      exits.noTls,
      /TLS/,
    ],
    ['no --auth where it is needed', 'submission', ['-tls'], exits.refusedSender, /530 5\.7\.0 /],
  ]
  for (const [name, service, args, exit, said] of failures)
    it(`T003-16 swaks ${name}: refused`, async () => {
      const { status, stdout, stderr } = await swaksTo(service, args)
      assert.equal(status, exit, stdout + stderr)
      assert.match(stdout + stderr, said)
    })
})
