// What source B promises of logins, and more: every mechanism, the same by SMTP, IMAP and POP3.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { after, describe, it } from 'node:test'
import { connect as connectTls, TLSSocket } from 'node:tls'
import { scramClient } from '../../src/wire/testing/scram-client.ts'
import { Player } from '../../src/wire/testing/transcript.ts'
import { credentials } from '../support/credentials.ts'
import { openHouse } from '../support/house.ts'

const { certificates, change } = await credentials({ after })
const house = await openHouse(
  { after },
  {
    change: (settings) => {
      const all = change(settings)
      return { ...all, pop3: { ...all.pop3, exclusive: false } }
    },
  },
)
const rooms = house.started.rooms ?? assert.fail('a house with rooms')
const { password: appPassword } = await rooms.accounts.appPasswords.add('tito', 'a program')

/** How a protocol says the same things. */
const faces = {
  smtp: {
    plain: 'submission',
    tls: 'submissions',
    hello: 'EHLO me',
    begin: 'AUTH',
    challenge: /^334 (.*)$/,
    proved: /^235 2\.7\.0 /,
    wrong: /^535 5\.7\.8 /,
    cancelled: /^501 5\.7\.0 /,
    malformed: /^501 5\.5\.2 /,
    unknown: /^504 5\.5\.4 /,
  },
  imap: {
    plain: 'imap',
    tls: 'imaps',
    hello: '',
    begin: 'a AUTHENTICATE',
    challenge: /^\+ (.*)$/,
    proved: /^a OK \[CAPABILITY IMAP4rev2 /,
    wrong: /^a NO \[AUTHENTICATIONFAILED\] /,
    cancelled: /^a BAD Authentication cancelled$/,
    malformed: /^a BAD Cannot decode/,
    unknown: /^a NO \[CANNOT\] /,
  },
  pop3: {
    plain: 'pop3',
    tls: 'pop3s',
    hello: '',
    begin: 'AUTH',
    challenge: /^\+ (.*)$/,
    proved: /^\+OK \d+ messages /,
    wrong: /^-ERR \[AUTH\] /,
    cancelled: /^-ERR Authentication cancelled$/,
    malformed: /^-ERR Cannot decode/,
    unknown: /^-ERR Unrecognized/,
  },
} as const
type Face = (typeof faces)[keyof typeof faces]

/** What a client sends, in turn; the first may go with the command. */
type Client = (socket: Socket) => ((challenge: string) => string)[]

const says =
  (...lines: string[]): Client =>
  () =>
    lines.map((line) => () => line)

const token = (good: string) => `n,a=tito@example.com,\x01auth=Bearer ${good}\x01\x01`
const oldToken = (good: string) => `user=tito@example.com\x01auth=Bearer ${good}\x01\x01`

/** `bind` makes a binding of the connection's, honest or not. */
function scram(password: string, bind?: (exported: Buffer) => Buffer): Client {
  return (socket) => {
    const binding =
      bind && socket instanceof TLSSocket
        ? { flag: 'p=tls-exporter', binding: bind(exported(socket)) }
        : {}
    const client = scramClient('tito', password, binding)
    return [
      () => client.first,
      (challenge) => client.final(challenge),
      (challenge) => {
        assert.ok(client.believes(challenge), 'the server knows the password, too')
        return ''
      },
    ]
  }
}

function exported(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}

const tampered = (binding: Buffer) => Buffer.from(binding.map((byte) => byte ^ 1))

const right: [string, Client][] = [
  ['PLAIN', says('\0tito\0amplop')],
  ['PLAIN', says(`tito@example.com\0tito@example.com\0${appPassword}`)],
  ['LOGIN', says('tito', 'amplop')],
  ['SCRAM-SHA-256', scram('amplop')],
  ['SCRAM-SHA-256', scram(appPassword)],
  ['SCRAM-SHA-256-PLUS', scram('amplop', (honest) => honest)],
  ['OAUTHBEARER', says(token('good'))],
  ['XOAUTH2', says(oldToken('good'))],
]

const wrong: [string, Client][] = [
  ['PLAIN', says('\0tito\0nonsense')],
  ['PLAIN', says('\0nobody\0amplop')],
  ['PLAIN', says('iqbal\0tito\0amplop')],
  ['LOGIN', says('tito', 'nonsense')],
  ['LOGIN', says('nobody', 'amplop')],
  ['SCRAM-SHA-256', scram('nonsense')],
  ['SCRAM-SHA-256-PLUS', scram('amplop', tampered)],
  ['OAUTHBEARER', says(token('stolen'), '\x01')],
  ['XOAUTH2', says(oldToken('stolen'), '')],
]

async function dial(face: Face, key: object = {}) {
  const port = house.port(face.tls)
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false, ...key })
  await once(socket, 'secureConnect')
  return { socket, player: await greeted(face, new Player(socket)) }
}

async function greeted(face: Face, player: Player): Promise<Player> {
  await player.line()
  if (face.hello !== '') await player.ask(face.hello)
  return player
}

/** Leads an exchange; resolves with what ended it. */
async function attempt(
  { player, socket }: { player: Player; socket: Socket },
  face: Face,
  mechanism: string,
  { client, initial }: { client: Client; initial: boolean },
): Promise<string> {
  const steps = client(socket)
  const first = initial ? ` ${btoa(steps.shift()?.('') ?? '') || '='}` : ''
  let said = await player.ask(`${face.begin} ${mechanism}${first}`)
  for (const step of steps) {
    const challenge = face.challenge.exec(said)?.[1]
    if (challenge === undefined) return said
    said = await player.ask(btoa(step(atob(challenge))))
  }
  return said
}

for (const [name, face] of Object.entries(faces)) {
  describe(name, () => {
    for (const [mechanism, client] of right)
      for (const initial of [true, false])
        it(`T002-08 T003-14 ${mechanism}, ${initial ? 'all at once' : 'when asked'}`, async () => {
          const dialled = await dial(face)
          const said = await attempt(dialled, face, mechanism, { client, initial })
          assert.match(said, face.proved)
          dialled.player.end()
        })

    it('T002-08 what is wrong is told in the same words, and three times at most', async () => {
      const said = new Set<string>()
      for (const [mechanism, client] of wrong) {
        const dialled = await dial(face)
        said.add(await attempt(dialled, face, mechanism, { client, initial: true }))
        dialled.player.end()
      }
      assert.equal(said.size, 1, [...said].join('\n'))
      assert.match([...said].join(), face.wrong)
      const { player, socket } = await dial(face)
      for (let n = 0; n < 3; n++)
        await attempt({ player, socket }, face, 'PLAIN', {
          client: says('\0tito\0nonsense'),
          initial: true,
        })
      assert.equal(await player.line(), '<closed>')
    })

    it('T003-14 what makes no sense or is given up is answered, and the session goes on', async () => {
      const dialled = await dial(face)
      const { player } = dialled
      for (const mechanism of new Set(right.map(([each]) => each))) {
        assert.match(await player.ask(`${face.begin} ${mechanism}`), face.challenge)
        assert.match(await player.ask('*'), face.cancelled)
        assert.match(await player.ask(`${face.begin} ${mechanism}`), face.challenge)
        assert.match(await player.ask('%%%'), face.malformed)
      }
      for (const mechanism of ['NTLM', 'CRAM-MD5', 'GSSAPI', 'EXTERNAL'])
        assert.match(await player.ask(`${face.begin} ${mechanism}`), face.unknown)
      const [mechanism, client] = right[0]!
      assert.match(await attempt(dialled, face, mechanism, { client, initial: true }), face.proved)
      player.end()
    })

    it('SCRAM-SHA-256-PLUS is not there where there is nothing to bind to', async () => {
      const socket = connect(house.port(face.plain), '127.0.0.1')
      const player = await greeted(face, new Player(socket))
      assert.match(await player.ask(`${face.begin} SCRAM-SHA-256-PLUS`), face.unknown)
      const told = await attempt({ player, socket }, face, 'SCRAM-SHA-256', {
        client: scram('amplop'),
        initial: true,
      })
      assert.match(told, face.proved)
      player.end()
    })

    const skip = certificates ? false : 'no openssl here'
    it('EXTERNAL is whom the certificate names, and nobody else', { skip }, async () => {
      const { cert, key } = certificates!
      const own = { cert: readFileSync(cert), key: readFileSync(key) }
      for (const [actAs, expected] of [
        ['', face.proved],
        ['tito@example.com', face.proved],
        ['iqbal@example.com', face.wrong],
      ] as const) {
        const dialled = await dial(face, own)
        const how = { client: says(actAs), initial: true }
        assert.match(await attempt(dialled, face, 'EXTERNAL', how), expected)
        dialled.player.end()
      }
    })
  })
}

it('T002-08 STARTTLS and STLS lead to the same mechanisms as TLS from the first byte', async () => {
  const told = async (player: Player, face: Face): Promise<string> => {
    if (face === faces.smtp) return (await player.ask('EHLO me')).match(/^250-AUTH .*$/m)?.[0] ?? ''
    if (face === faces.imap)
      return [...(await player.ask('c CAPABILITY')).matchAll(/AUTH=\S+/g)].join()
    await player.write('CAPA\r\n')
    for (;;) {
      const line = await player.line()
      if (line.startsWith('SASL ') || line === '.') return line
    }
  }
  const start = { smtp: 'STARTTLS', imap: 'b STARTTLS', pop3: 'STLS' }
  for (const [name, face] of Object.entries(faces)) {
    const first = await dial(face)
    const expected = await told(first.player, face)
    assert.match(expected, /SCRAM-SHA-256-PLUS.*SCRAM-SHA-256.*PLAIN.*LOGIN.*OAUTHBEARER.*XOAUTH2/)
    first.player.end()
    const socket = connect(house.port(face.plain), '127.0.0.1')
    const plain = await greeted(face, new Player(socket))
    assert.match(await plain.ask(start[name as keyof typeof faces]), /^(220|b OK|\+OK)/)
    socket.removeAllListeners('data')
    const secured = connectTls({ socket, rejectUnauthorized: false })
    await once(secured, 'secureConnect')
    const player = new Player(secured)
    assert.equal(await told(player, face), expected)
    player.end()
  }
})
