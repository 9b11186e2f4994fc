// Logging in by SCRAM, bound to TLS, and by a client's certificate, over real connections.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { testGuard } from '../../accounts/testing/guard.ts'
import { Networks } from '../../base/networks.ts'
import { type ScramLies, scramClient } from '../../wire/testing/scram-client.ts'
import { Player } from '../../wire/testing/transcript.ts'
import { openSmtp } from './testing/server.ts'

const base64 = (text: string) => Buffer.from(text).toString('base64')
const clear = (reply: string) => Buffer.from(reply.replace(/^334 /, ''), 'base64').toString()

async function secured(port: number, options: ConnectionOptions = {}) {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options })
  await new Promise((resolve, reject) =>
    socket.once('secureConnect', resolve).once('error', reject),
  )
  const player = new Player(socket)
  await player.line()
  return { socket, player }
}

/** Logs in; resolves with the last reply. */
async function byScram(player: Player, mechanism: string, password: string, lies: ScramLies = {}) {
  const client = scramClient('tito', password, lies)
  const challenge = await player.ask(`AUTH ${mechanism} ${base64(client.first)}`)
  if (!challenge.startsWith('334 ')) return challenge
  const last = await player.ask(base64(client.final(clear(challenge))))
  if (!last.startsWith('334 ')) return last
  assert.ok(client.believes(clear(last)), 'the server knows the password, too')
  return await player.ask('')
}

describe('SCRAM', async () => {
  const server = await openSmtp({ after })
  after(() => server.close())
  it('logs in with the password and with an app password', async () => {
    const app = await server.house.accounts.appPasswords.add('tito', 'phone')
    for (const [password, expected] of [
      ['amplop', /^235 /],
      [app.password, /^235 /],
      ['wrong', /^535 5\.7\.8 /],
    ] as const) {
      const player = await server.client()
      assert.match(await player.ask('EHLO me'), /^250-AUTH SCRAM-SHA-256 PLAIN LOGIN$/m)
      assert.match(await byScram(player, 'SCRAM-SHA-256', password), expected)
      player.end()
    }
  })

  const ways: [string, 'TLSv1.2' | 'TLSv1.3', (socket: TLSSocket) => Buffer][] = [
    [
      'tls-exporter',
      'TLSv1.3',
      (socket) => socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)),
    ],
    ['tls-server-end-point', 'TLSv1.3', serverEndPoint],
    ['tls-server-end-point', 'TLSv1.2', serverEndPoint],
  ]
  for (const [type, version, bindingOf] of ways)
    it(`-PLUS binds the login to its connection by ${type} under ${version}`, async () => {
      for (const wrong of [false, true]) {
        const range = { maxVersion: version, minVersion: version }
        const { socket, player } = await secured(server.tlsPort, range)
        assert.match(await player.ask('EHLO me'), /^250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 /m)
        const binding = bindingOf(socket)
        if (wrong) binding[0] = binding[0]! ^ 1
        const lies = { flag: `p=${type}`, binding }
        const said = await byScram(player, 'SCRAM-SHA-256-PLUS', 'amplop', lies)
        assert.match(said, wrong ? /^535 / : /^235 /)
        player.end()
      }
    })

  it('has no tls-exporter under TLS 1.2', async () => {
    const { player } = await secured(server.tlsPort, { maxVersion: 'TLSv1.2' })
    await player.ask('EHLO me')
    const lies = { flag: 'p=tls-exporter', binding: Buffer.alloc(32) }
    assert.match(await byScram(player, 'SCRAM-SHA-256-PLUS', 'amplop', lies), /^501 5\.5\.2 /)
    player.end()
  })

  it('refuses a client that was told of no -PLUS', async () => {
    const { player } = await secured(server.tlsPort)
    await player.ask('EHLO me')
    assert.match(await byScram(player, 'SCRAM-SHA-256', 'amplop', { flag: 'y' }), /^535 /)
    assert.match(await byScram(player, 'SCRAM-SHA-256', 'amplop'), /^235 /)
    player.end()
  })
})

it('too many wrong logins are answered as ones that cannot be checked now, right or not', async () => {
  const guard = testGuard({ trusted: new Networks([]), perAccount: 4, now: () => 0 })
  const server = await openSmtp({ after }, {}, { guard })
  after(() => server.close())
  const attempts = async (...passwords: string[]) => {
    const player = await server.client()
    await player.ask('EHLO me')
    const said: string[] = []
    for (const password of passwords)
      said.push(await player.ask(`AUTH PLAIN ${base64(`\0tito\0${password}`)}`))
    player.end()
    return said.map((reply) => reply.slice(0, 9))
  }
  assert.deepEqual(await attempts('a', 'b'), ['535 5.7.8', '535 5.7.8'])
  assert.deepEqual(await attempts('a', 'amplop', 'amplop'), ['454 4.7.0', '454 4.7.0', '421 4.7.0'])
})

function serverEndPoint(socket: TLSSocket): Buffer {
  return createHash('sha256')
    .update(socket.getPeerX509Certificate()?.raw ?? assert.fail('a certificate'))
    .digest()
}

const noOpenssl = spawnSync('openssl', ['version']).status === 0 ? false : 'no openssl here'

describe("a client's certificate", { skip: noOpenssl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'amplop-ca-'))
  after(() => rmSync(folder, { recursive: true }))
  if (noOpenssl) return
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe', encoding: 'utf8' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const authority = (name: string) =>
    openssl(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      '-subj',
      `/CN=${name}`,
    )
  const hidden = 'a, email:tito@example.com, b'
  const certificate = (ca: string, names: string, days = '2') => {
    writeFileSync(join(folder, 'names'), `subjectAltName=${names}\n[hidden]\nDNS.1=${hidden}\n`)
    openssl('req', ...newKey, '-keyout', 'client.key', '-out', 'client.csr', '-subj', '/CN=tito')
    const signed = ['-CA', `${ca}.crt`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-days', days]
    const cert = openssl('x509', '-req', '-in', 'client.csr', ...signed, '-extfile', 'names')
    return { cert, key: readFileSync(join(folder, 'client.key'), 'utf8') }
  }
  authority('ours')
  authority('another')
  const ca = readFileSync(join(folder, 'ours.crt'), 'utf8')
  const server = await openSmtp({ after }, {}, {}, ca)
  after(() => server.close())

  it('logs in whom it names, and nobody else', async () => {
    const tito = certificate('ours', 'email:tito@example.com')
    for (const [argument, expected] of [
      ['=', /^235 /],
      [base64('tito@example.com'), /^235 /],
      [base64('iqbal@example.com'), /^535 /],
      ['', /^334 /],
    ] as const) {
      const { player } = await secured(server.tlsPort, tito)
      assert.match(await player.ask('EHLO me'), /^250-AUTH EXTERNAL SCRAM-SHA-256-PLUS /m)
      assert.match(await player.ask(`AUTH EXTERNAL ${argument}`.trim()), expected)
      player.end()
    }
  })

  const useless: [string, ConnectionOptions][] = [
    ['none', {}],
    ['of another authority', certificate('another', 'email:tito@example.com')],
    ['without a mail address', certificate('ours', 'DNS:tito.example.com')],
    ['that has expired', certificate('ours', 'email:tito@example.com', '-1')],
    ['with a name that hides another', certificate('ours', '@hidden')],
  ]
  for (const [name, options] of useless)
    it(`${name} is no login`, async () => {
      const { player } = await secured(server.tlsPort, options)
      assert.match(await player.ask('EHLO me'), /^250-AUTH SCRAM-SHA-256-PLUS /m)
      assert.match(await player.ask('AUTH EXTERNAL ='), /^504 /)
      assert.match(await player.ask('AUTH PLAIN AHRpdG8AYW1wbG9w'), /^235 /)
      player.end()
    })

  it('is not looked at where it was not asked for', async () => {
    const plain = await openSmtp({ after })
    after(() => plain.close())
    const { player } = await secured(plain.tlsPort, certificate('ours', 'email:tito@example.com'))
    assert.doesNotMatch(await player.ask('EHLO me'), /EXTERNAL/)
    player.end()
  })
})
