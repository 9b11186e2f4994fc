// Passkeys as a browser uses them, with an authenticator made of node:crypto.
import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { readCbor, Unreadable } from '../../accounts/cbor.ts'
import { openJmap, password } from './testing/server.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest()
const base64url = (text: string | Buffer) => Buffer.from(text).toString('base64url')

/** What of CBOR an authenticator writes. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, n: number) =>
    n < 24 ? Buffer.of((major << 5) | n) : Buffer.of((major << 5) | 25, n >> 8, n & 255)
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, value.length), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const items = [...value].flatMap(([key, each]) => [cbor(key), cbor(each as number)])
  return Buffer.concat([head(5, value.size), ...items])
}

class Authenticator {
  readonly id = base64url(Buffer.alloc(16, 7))
  readonly #key: KeyObject
  readonly #jwk: { x: string; y: string }
  readonly #origin: string
  counter = 0
  flags = 5

  constructor(origin: string) {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#key = privateKey
    this.#jwk = publicKey.export({ format: 'jwk' }) as { x: string; y: string }
    this.#origin = origin
  }

  #client(type: string, challenge: string, origin = this.#origin): string {
    return base64url(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
  }

  #data(rpId: string, flags: number): Buffer {
    const data = Buffer.alloc(37)
    sha256(rpId).copy(data)
    data.writeUInt8(flags, 32)
    data.writeUInt32BE(this.counter, 33)
    return data
  }

  make(challenge: string, rpId: string, flags = 69) {
    const id = Buffer.from(this.id, 'base64url')
    const [x, y] = [this.#jwk.x, this.#jwk.y].map((text) => Buffer.from(text, 'base64url'))
    const key = cbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, y],
      ]),
    )
    const head = Buffer.concat([Buffer.alloc(16), Buffer.of(0, id.length), id, key])
    const authData = Buffer.concat([this.#data(rpId, flags), head])
    const object = new Map<string, unknown>([
      ['fmt', 'none'],
      ['attStmt', new Map()],
      ['authData', authData],
    ])
    const clientDataJSON = this.#client('webauthn.create', challenge)
    return { clientDataJSON, attestationObject: base64url(cbor(object)) }
  }

  assert(challenge: string, rpId: string, more: { origin?: string; flags?: number } = {}) {
    const clientDataJSON = this.#client('webauthn.get', challenge, more.origin)
    const data = this.#data(rpId, more.flags ?? this.flags)
    const client = sha256(Buffer.from(clientDataJSON, 'base64url').toString())
    const signature = sign('sha256', Buffer.concat([data, client]), this.#key)
    const authenticatorData = base64url(data)
    return { id: this.id, clientDataJSON, authenticatorData, signature: base64url(signature) }
  }
}

test('a passkey is made with the password, lets in without it, and each signature once', async (t) => {
  const jmap = await openJmap(t)
  const url = jmap.url.replace('127.0.0.1', 'localhost')
  const post = async (path: string, body: object, cookie = '') => {
    const headers = { 'content-type': 'application/json', cookie, origin: url }
    const answer = await fetch(url + path, { method: 'POST', body: JSON.stringify(body), headers })
    const set = answer.headers.get('set-cookie')?.split(';')[0] ?? ''
    return {
      status: answer.status,
      cookie: set,
      body: (await answer.json()) as Record<string, string>,
    }
  }
  const login = async (name: string) =>
    (await post('/login', { name: `${name}@example.com`, password })).cookie
  const [tito, iqbal] = [await login('tito'), await login('iqbal')]
  const device = new Authenticator(url)
  assert.equal((await post('/passkeys', { password: 'wrong' }, tito)).status, 403)
  assert.equal((await post('/passkeys', { password })).status, 401)
  const options = (await post('/passkeys', { password }, tito)).body
  const { challenge = '', rpId = '' } = options
  assert.equal(rpId, 'localhost')
  const made = (more = {}) => ({ label: 'phone', ...device.make(challenge, rpId), ...more })
  const bad = [
    device.make(challenge, 'evil.example'),
    device.make(challenge, rpId, 65),
    device.make(base64url(Buffer.alloc(38)), rpId),
    { ...device.make(challenge, rpId), attestationObject: 'oA' },
  ]
  assert.equal((await post('/passkeys', made(), iqbal)).status, 401, "not another's challenge")
  assert.equal((await post('/passkeys', made(bad[2]), tito)).status, 401)
  for (const each of [bad[0], bad[1], bad[3]]) {
    const again = (await post('/passkeys', { password }, tito)).body.challenge ?? ''
    const client: string = device.make(again, rpId).clientDataJSON
    const given: object = { label: 'x', ...each, clientDataJSON: client }
    assert.equal((await post('/passkeys', given, tito)).status, 401)
  }
  assert.equal((await post('/passkeys', made(), tito)).status, 201)
  assert.equal((await post('/passkeys', made(), tito)).status, 401, 'once')
  const asked = async () => (await post('/login/passkey', {})).body.challenge ?? ''
  const first = device.assert(await asked(), rpId)
  const came = await post('/login/passkey', first)
  assert.deepEqual([came.status, came.body.address], [200, 'tito@example.com'])
  const session = await fetch(`${url}/jmap/session`, { headers: { cookie: came.cookie } })
  assert.equal(session.status, 200)
  assert.equal((await post('/login/passkey', first)).status, 401, 'a signature is good for once')
  const wrong = [
    device.assert(await asked(), 'evil.example'),
    device.assert(await asked(), rpId, { origin: 'https://evil.example' }),
    device.assert(await asked(), rpId, { flags: 1 }),
    device.assert(challenge, rpId),
    { ...device.assert(await asked(), rpId), signature: first.signature },
    { ...device.assert(await asked(), rpId), id: 'unknown' },
  ]
  for (const each of wrong) assert.equal((await post('/login/passkey', each)).status, 401)
  device.counter = 5
  assert.equal((await post('/login/passkey', device.assert(await asked(), rpId))).status, 200)
  device.counter = 4
  const copy = await post('/login/passkey', device.assert(await asked(), rpId))
  assert.equal(copy.status, 401, 'one that counts backwards may be a copy')
  device.counter = 6
  await jmap.ports.accounts.disable('tito@example.com')
  const out = await post('/login/passkey', device.assert(await asked(), rpId))
  assert.equal(out.status, 401, 'who may not log in does not')
})

test('what is no CBOR of an authenticator is refused, and nothing more', () => {
  const bytes = (text: string) => Buffer.from(text, 'hex')
  assert.deepEqual(
    readCbor(bytes('a201020326')).value,
    new Map([
      [1, 2],
      [3, -7],
    ]),
  )
  for (const text of ['', '5f', '58', '5affffffff', '9a7fffffff', 'a1', 'bf', '1b00', 'f97e00'])
    assert.throws(() => readCbor(bytes(text)), Unreadable, text)
  assert.throws(() => readCbor(Buffer.alloc(1000, 0x81)), Unreadable)
})
