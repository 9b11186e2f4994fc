// SCRAM-SHA-256 keys as they are made and kept: RFC 5802 §3, RFC 7677. As text:
// SCRAM-SHA-256$iterations:salt$storedKey:serverKey, in base64. Knows no accounts.
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ScramKeys {
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
}

/**
 * One number for all, for a number of its own would tell known names from unknown ones. Cyrus SASL
 * as a client refuses more than 65,536.
 */
export const scramIterations = 60_000

const form =
  /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/]+=*)\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/

/** `password` is prepared by SASLprep. Takes its time. */
export function deriveScram(password: string, salt: Buffer): string {
  const salted = pbkdf2Sync(password, salt, scramIterations, 32, 'sha256')
  const clientKey = hmac(salted, 'Client Key')
  const storedKey = createHash('sha256').update(clientKey).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${scramIterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/** undefined: none, or keys of other iterations than today's. */
export function parseScram(text: string): ScramKeys | undefined {
  const [, iterations, salt = '', storedKey = '', serverKey = ''] = form.exec(text) ?? []
  if (Number(iterations) !== scramIterations) return undefined
  return {
    salt: Buffer.from(salt, 'base64'),
    storedKey: Buffer.from(storedKey, 'base64'),
    serverKey: Buffer.from(serverKey, 'base64'),
  }
}

/** The salt of a name, known or not: only who has the secret can tell that it was not random. */
export function saltOf(secret: Uint8Array, name: string): Buffer {
  return hmac(secret, `salt\0${name}`).subarray(0, 16)
}

/** Keys that nobody has a password for; the same for the same name. */
export function fakeKeys(secret: Uint8Array, name: string): ScramKeys {
  const key = hmac(secret, `key\0${name}`)
  return { salt: saltOf(secret, name), storedKey: key, serverKey: key }
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
