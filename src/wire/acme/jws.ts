// Signed JSON as ACME has it (RFC 8555 §6.2, RFC 7515): ES256 by the key of an account, HS256 by a
// key that an authority gave out (§7.3.4). Knows no request.
import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto'

export interface Jwk {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}

/** The public half of a P-256 key, members in the order that RFC 7638 §3.2 hashes. */
export function jwkOf(key: KeyObject): Jwk {
  const { crv = '', kty = '', x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' })
  return { crv, kty, x, y }
}

/** RFC 7638 */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(jwkOf(key)))
    .digest('base64url')
}

export interface Jws {
  readonly protected: string
  readonly payload: string
  readonly signature: string
}

/** `payload` undefined is the empty one of POST-as-GET (RFC 8555 §6.3). */
export function signedJson(header: object, payload: unknown, key: KeyObject): Jws {
  const parts = partsOf({ alg: 'ES256', ...header }, payload)
  const data = Buffer.from(`${parts.protected}.${parts.payload}`)
  const made = sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' })
  return { ...parts, signature: made.toString('base64url') }
}

export function macedJson(header: object, payload: unknown, key: Buffer): Jws {
  const parts = partsOf({ alg: 'HS256', ...header }, payload)
  const made = createHmac('sha256', key).update(`${parts.protected}.${parts.payload}`).digest()
  return { ...parts, signature: made.toString('base64url') }
}

function partsOf(header: object, payload: unknown) {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return { protected: encode(header), payload: payload === undefined ? '' : encode(payload) }
}
