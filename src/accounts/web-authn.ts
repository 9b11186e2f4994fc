// What an authenticator says, proved: Web Authentication Level 3 §7.1 and §7.2, for passkeys that
// verified their user themselves. Who made the authenticator is not asked. Pure.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { type Cbor, readCbor, Unreadable } from './cbor.ts'

/** RFC 7517, of the kinds that browsers have. */
export type Jwk = Readonly<Record<string, string>>

/** Where the page was, and what it was asked to sign. */
export interface Expected {
  readonly challenge: string
  /** "https://mail.example.com" */
  readonly origin: string
  readonly rpId: string
}

/** Bytes as browsers send them, in base64url. */
export interface Registration {
  readonly clientDataJSON: string
  readonly attestationObject: string
}

export interface Assertion {
  readonly clientDataJSON: string
  readonly authenticatorData: string
  readonly signature: string
}

export interface NewKey {
  /** Base64url. */
  readonly id: string
  readonly key: Jwk
  readonly counter: number
}

const present = 1
const verified = 4
const attested = 64
const idMaxBytes = 180

/** undefined for what is not as it must be. */
export function registered(given: Registration, expected: Expected): NewKey | undefined {
  if (!clientFits(given.clientDataJSON, 'webauthn.create', expected)) return undefined
  return readable(() => {
    const { value } = readCbor(Buffer.from(given.attestationObject, 'base64url'))
    const data = value instanceof Map ? value.get('authData') : undefined
    if (!Buffer.isBuffer(data) || !authenticatorFits(data, attested, expected)) return undefined
    const length = data.readUInt16BE(53)
    const id = data.subarray(55, 55 + length)
    if (length === 0 || length > idMaxBytes || id.length < length) return undefined
    const key = jwkOf(readCbor(data, 55 + length).value)
    // A point that is not on its curve is no key.
    if (!key || !keyOf(key)) return undefined
    return { id: id.toString('base64url'), key, counter: data.readUInt32BE(33) }
  })
}

/** The authenticator's counter; undefined for what is not as it must be. */
export function asserted(given: Assertion, key: Jwk, expected: Expected): number | undefined {
  if (!clientFits(given.clientDataJSON, 'webauthn.get', expected)) return undefined
  return readable(() => {
    const data = Buffer.from(given.authenticatorData, 'base64url')
    const made = keyOf(key)
    if (!made || !authenticatorFits(data, 0, expected)) return undefined
    const client = createHash('sha256').update(Buffer.from(given.clientDataJSON, 'base64url'))
    const signed = Buffer.concat([data, client.digest()])
    const hash = made.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    const signature = Buffer.from(given.signature, 'base64url')
    return verify(hash, signed, made, signature) ? data.readUInt32BE(33) : undefined
  })
}

function readable<T>(read: () => T | undefined): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) return undefined
    throw error
  }
}

function clientFits(text: string, type: string, { challenge, origin }: Expected): boolean {
  try {
    const said = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>
    const own = said.crossOrigin === undefined || said.crossOrigin === false
    return said.type === type && said.challenge === challenge && said.origin === origin && own
  } catch {
    return false
  }
}

function authenticatorFits(data: Buffer, more: number, { rpId }: Expected): boolean {
  if (data.length < 37) return false
  const wanted = present | verified | more
  const isOurs = data.subarray(0, 32).equals(createHash('sha256').update(rpId).digest())
  return isOurs && (data.readUInt8(32) & wanted) === wanted
}

/** RFC 9052 §7, RFC 9053 §7: a COSE key of those that browsers have. */
function jwkOf(cose: Cbor): Jwk | undefined {
  if (!(cose instanceof Map)) return undefined
  const text = (label: number) => {
    const value = cose.get(label)
    return Buffer.isBuffer(value) ? value.toString('base64url') : ''
  }
  const [kind, algorithm, curve] = [cose.get(1), cose.get(3), cose.get(-1)]
  if (kind === 2 && algorithm === -7 && curve === 1)
    return { kty: 'EC', crv: 'P-256', x: text(-2), y: text(-3) }
  if (kind === 1 && algorithm === -8 && curve === 6)
    return { kty: 'OKP', crv: 'Ed25519', x: text(-2) }
  if (kind === 3 && algorithm === -257) return { kty: 'RSA', n: text(-1), e: text(-2) }
  return undefined
}

function keyOf(jwk: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    return undefined
  }
}
