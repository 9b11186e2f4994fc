// Keys and signatures for tests: made from scratch here, so that no test trusts our own signing.
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'

export interface TestKey {
  readonly key: KeyObject
  /** The TXT record that publishes it. */
  readonly record: string
}

export function rsaKey(bits = 2048): TestKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  return { key: privateKey, record: `v=DKIM1; k=rsa; p=${der}` }
}

export function edKey(seed = 1): TestKey {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex')
  const der = Buffer.concat([prefix, Buffer.alloc(32, seed)])
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = key.export({ format: 'jwk' })
  return { key, record: `v=DKIM1; k=ed25519; p=${Buffer.from(x, 'base64url').toString('base64')}` }
}

export interface TestSigning {
  readonly domain: string
  readonly selector?: string
  readonly key: TestKey
  /** In order; "from" alone without it. */
  readonly fields?: readonly string[]
  /** Further tags, "; l=5". */
  readonly tags?: string
  /** What `bh=` is made of, where that is not the body. */
  readonly body?: string
}

/** The message with a signature in the simple form before it. */
export function signedBy(message: string, signing: TestSigning): string {
  const { domain, selector = 's', key, fields = ['from'], tags = '' } = signing
  const at = message.indexOf('\r\n\r\n')
  const header = message.slice(0, at + 2)
  const body = signing.body ?? message.slice(at + 4)
  const lines = header.match(/[^\r\n]+(?:\r\n[ \t][^\r\n]*)*\r\n/g) ?? []
  const type = key.key.asymmetricKeyType === 'ed25519' ? 'ed25519' : 'rsa'
  const hash = createHash('sha256').update(body, 'latin1').digest('base64')
  const field = `DKIM-Signature: v=1; a=${type}-sha256; d=${domain}; s=${selector}; h=${fields.join(':')}${tags}; bh=${hash}; b=`
  const signed = fields.map((name) => lines.findLast((line) => nameOf(line) === name) ?? '')
  const data = Buffer.from(signed.join('') + field, 'latin1')
  const made =
    type === 'rsa'
      ? sign('sha256', data, key.key)
      : sign(null, createHash('sha256').update(data).digest(), key.key)
  return `${field}${made.toString('base64')}\r\n${message}`
}

function nameOf(line: string): string {
  return line.slice(0, line.indexOf(':')).trimEnd().toLowerCase()
}
