// Who we are to a push service, RFC 8292: a key of this installation signs a short-lived token for
// each service.
import { createECDH, createPrivateKey, type KeyObject, sign } from 'node:crypto'

/** RFC 8292 §2: a day at most. */
const tokenSeconds = 12 * 3600
const renewBeforeSeconds = 3600
const rememberedMax = 1_000

export class Vapid {
  /** The public key in base64url, as clients are told it (RFC 9749 §3). */
  readonly publicKey: string
  readonly #key: KeyObject
  readonly #subject: string
  readonly #tokens = new Map<string, { readonly token: string; readonly until: number }>()

  /** `secret` is 32 bytes that stay; `subject` is whom to ask about us: a mailto: address. */
  constructor(secret: Uint8Array, subject: string) {
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(Buffer.from(secret))
    const point = ecdh.getPublicKey()
    this.publicKey = point.toString('base64url')
    this.#subject = subject
    const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((part) =>
      part.toString('base64url'),
    )
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: x!,
      y: y!,
      d: Buffer.from(secret).toString('base64url'),
    }
    this.#key = createPrivateKey({ key: jwk, format: 'jwk' })
  }

  /** For the Authorization field of a request to a URL. `now` in milliseconds since 1970. */
  authorization(url: string, now: number): string {
    const { origin } = new URL(url)
    const seconds = Math.floor(now / 1000)
    const known = this.#tokens.get(origin)
    const fresh = known && known.until - renewBeforeSeconds > seconds
    const token = fresh ? known.token : this.#sign(origin, seconds + tokenSeconds)
    if (!fresh) {
      if (this.#tokens.size >= rememberedMax) this.#tokens.clear()
      this.#tokens.set(origin, { token, until: seconds + tokenSeconds })
    }
    return `vapid t=${token}, k=${this.publicKey}`
  }

  #sign(aud: string, exp: number): string {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const said = `${part({ typ: 'JWT', alg: 'ES256' })}.${part({ aud, exp, sub: this.#subject })}`
    const key = { key: this.#key, dsaEncoding: 'ieee-p1363' } as const
    return `${said}.${sign('sha256', Buffer.from(said), key).toString('base64url')}`
  }
}
