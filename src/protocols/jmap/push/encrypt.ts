// A push message that only the device can read: RFC 8291, which is RFC 8188 with keys of its own.
// Pure, but for the keys it draws.
import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

export interface PushKeys {
  /** The device's public key on P-256, and its secret, in base64url. */
  readonly p256dh: string
  readonly auth: string
}

/** RFC 8291 §4: one record, and push services take no more than 4,096 bytes in all. */
export const plainMaxBytes = 3_993
const recordSize = 4_096

/** Whether these are keys that something can be encrypted with. */
export function areKeys({ p256dh, auth }: PushKeys): boolean {
  try {
    const ecdh = createECDH('prime256v1')
    ecdh.generateKeys()
    ecdh.computeSecret(Buffer.from(p256dh, 'base64url'))
    return Buffer.from(auth, 'base64url').length === 16
  } catch {
    return false
  }
}

/** What is drawn anew for each message; given for the example of the standard only. */
export interface Drawn {
  readonly privateKey: Buffer
  readonly salt: Buffer
}

export function encrypted(plain: Buffer, keys: PushKeys, drawn?: Drawn): Buffer {
  const ecdh = createECDH('prime256v1')
  if (drawn) ecdh.setPrivateKey(drawn.privateKey)
  else ecdh.generateKeys()
  const salt = drawn?.salt ?? randomBytes(16)
  const theirs = Buffer.from(keys.p256dh, 'base64url')
  const ours = ecdh.getPublicKey()
  // RFC 8291 §3.4
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), theirs, ours])
  const secret = ecdh.computeSecret(theirs)
  const auth = Buffer.from(keys.auth, 'base64url')
  const material = Buffer.from(hkdfSync('sha256', secret, auth, info, 32))
  // RFC 8188 §2.2 and §2.3
  const key = hkdfSync('sha256', material, salt, 'Content-Encoding: aes128gcm\0', 16)
  const nonce = hkdfSync('sha256', material, salt, 'Content-Encoding: nonce\0', 12)
  const cipher = createCipheriv('aes-128-gcm', Buffer.from(key), Buffer.from(nonce))
  // RFC 8188 §2: a last record ends with 2.
  const body = [cipher.update(plain), cipher.update(Buffer.from([2])), cipher.final()]
  const head = Buffer.alloc(5)
  head.writeUInt32BE(recordSize)
  head[4] = ours.length
  return Buffer.concat([salt, head, ours, ...body, cipher.getAuthTag()])
}
