// A certificate made by the server itself, where it was given none, or one that proves something to
// an authority: enough X.509 (RFC 5280 §4.1) to write one, and nothing to read one.
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import { oid, pem, sequence, set, tag, time } from './der.ts'
import type { CertifiedKey } from './tls.ts'

const dayMs = 86_400_000

export interface CertificateOptions {
  /** Milliseconds since 1970; it is valid from a day before for a year, or as long as this. */
  readonly now?: number
  readonly lifeMs?: number
  /** Beside the names: whole extensions in DER. */
  readonly extensions?: readonly Buffer[]
}

/**
 * A new ECDSA P-256 key and a certificate for `names` (host names and IP addresses, the first one
 * its subject), signed by itself and valid for a year.
 */
export function selfSigned(
  names: readonly string[],
  options: CertificateOptions = {},
): CertifiedKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { name: names[0] ?? '', key: privateKey }
  return {
    cert: certificateOf({ names, publicKey, issuer, ...options }),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

export interface CertificateRequest extends CertificateOptions {
  readonly names: readonly string[]
  readonly publicKey: KeyObject
  /** Its common name, and its EC key. */
  readonly issuer: { readonly name: string; readonly key: KeyObject }
}

/** In PEM. */
export function certificateOf(request: CertificateRequest): string {
  const { names, publicKey, issuer, extensions = [], now = Date.now() } = request
  const { lifeMs = 365 * dayMs } = request
  const from = now - Math.min(dayMs, lifeMs / 10)
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.of(2))), // version 3
    tag(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])), // serial, positive
    ecdsaWithSha256,
    commonName(issuer.name),
    sequence(time(from), time(now + lifeMs)),
    commonName(names[0] ?? ''),
    publicKey.export(spki),
    tag(0xa3, sequence(alternativeNames(names), ...extensions)),
  )
  const signature = tag(0x03, Buffer.of(0), sign('sha256', body, issuer.key))
  return pem('CERTIFICATE', sequence(body, ecdsaWithSha256, signature))
}

const spki = { type: 'spki', format: 'der' } as const
export const ecdsaWithSha256 = sequence(oid(1, 2, 840, 10045, 4, 3, 2))

export function commonName(name: string): Buffer {
  return sequence(set(sequence(oid(2, 5, 4, 3), tag(0x0c, Buffer.from(name)))))
}

/** RFC 5280 §4.2.1.6: a DNS name is [2], an address [7] in network order. */
export function alternativeNames(names: readonly string[]): Buffer {
  const list = names.map((name) =>
    isIP(name) === 0 ? tag(0x82, Buffer.from(name)) : tag(0x87, addressBytes(name)),
  )
  return sequence(oid(2, 5, 29, 17), tag(0x04, sequence(...list)))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail = ''] = address.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - left.length - right.length).fill('0')
  const groups = address.includes('::') ? [...left, ...zeros, ...right] : left
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
