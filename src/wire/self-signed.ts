// A certificate made by the server itself, where it was given none: enough X.509 (RFC 5280 §4.1)
// and DER (X.690) to write one, and nothing to read one.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import type { CertifiedKey } from './tls.ts'

const dayMs = 86_400_000

/**
 * A new ECDSA P-256 key and a certificate for `names` (host names and IP addresses, the first one
 * its subject), signed by itself and valid for a year from `now` (milliseconds since 1970).
 */
export function selfSigned(names: readonly string[], now = Date.now()): CertifiedKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(set(sequence(oid(2, 5, 4, 3), tag(0x0c, Buffer.from(names[0] ?? '')))))
  const signedWith = sequence(oid(1, 2, 840, 10045, 4, 3, 2)) // ecdsa-with-SHA256
  const body = sequence(
    tag(0xa0, tag(0x02, Buffer.of(2))), // version 3
    tag(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)])), // serial, positive
    signedWith,
    name,
    sequence(time(now - dayMs), time(now + 365 * dayMs)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, sequence(alternativeNames(names))),
  )
  const signature = tag(0x03, Buffer.of(0), sign('sha256', body, privateKey))
  return {
    cert: pem('CERTIFICATE', sequence(body, signedWith, signature)),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

/** RFC 5280 §4.2.1.6: a DNS name is [2], an address [7] in network order. */
function alternativeNames(names: readonly string[]): Buffer {
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

function tag(kind: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content)
  if (body.length < 128) return Buffer.concat([Buffer.of(kind, body.length), body])
  const long = body.length > 0xff
  const length = long
    ? Buffer.of(0x82, body.length >> 8, body.length & 0xff)
    : Buffer.of(0x81, body.length)
  return Buffer.concat([Buffer.of(kind), length, body])
}

function sequence(...content: readonly Buffer[]): Buffer {
  return tag(0x30, ...content)
}

function set(content: Buffer): Buffer {
  return tag(0x31, content)
}

function oid(first: number, second: number, ...rest: readonly number[]): Buffer {
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const septets = [part & 127]
    for (let left = part >> 7; left > 0; left >>= 7) septets.unshift((left & 127) | 128)
    bytes.push(...septets)
  }
  return tag(0x06, Buffer.from(bytes))
}

/** UTCTime, good until 2049 (RFC 5280 §4.1.2.5.1). */
function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)
  return tag(0x17, Buffer.from(`${text}Z`))
}

function pem(label: string, der: Buffer): string {
  // An empty line before the end, where the last one is full, would make it unreadable.
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}
