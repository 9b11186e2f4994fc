// Public keys as domains publish them, RFC 6376 §3.6.1 and RFC 8463 §4: asked for, read, judged.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { Cache } from '../../base/cache.ts'
import type { Dns } from '../dns/dns.ts'
import { readTags, unspaced } from '../tags.ts'
import type { Algorithm, Signature } from './signature.ts'

export interface PublishedKey {
  readonly key: KeyObject
  readonly bits: number
  /** `t=s`: the identity must be the domain itself. */
  readonly strict: boolean
}

export interface NoKey {
  readonly result: 'temperror' | 'permerror' | 'policy'
  readonly why: string
}

export interface KeyLimits {
  /** RFC 8301 §3.2: at least 1024. */
  readonly rsaBitsMin: number
  readonly rsaBitsMax: number
}

export const keyLimits: KeyLimits = { rsaBitsMin: 1024, rsaBitsMax: 4096 }

const recordMaxLength = 4096
const parsedMax = 500

/** Asks for keys, and remembers what their records meant. */
export class Keys {
  readonly #dns: Dns
  readonly #limits: KeyLimits
  readonly #parsed = new Cache<PublishedKey | NoKey>(parsedMax)

  constructor(dns: Dns, limits: KeyLimits = keyLimits) {
    this.#dns = dns
    this.#limits = limits
  }

  async find({ selector, domain, algorithm }: Signature): Promise<PublishedKey | NoKey> {
    const name = `${selector}._domainkey.${domain}`
    const answer = await this.#dns.query(name, 'TXT')
    if (answer.is === 'failed') return { result: 'temperror', why: `${name}: ${answer.why}` }
    if (answer.is !== 'found') return { result: 'permerror', why: `no key at ${name}` }
    let found: PublishedKey | NoKey = { result: 'permerror', why: `no key at ${name}` }
    // RFC 6376 §3.6.2.2 leaves several records open; the first that fits serves.
    for (const text of answer.records.slice(0, 5)) {
      found = this.#read(text, algorithm)
      if ('key' in found) break
    }
    return found
  }

  #read(text: string, algorithm: Algorithm): PublishedKey | NoKey {
    const id = `${algorithm} ${text}`
    const known = this.#parsed.get(id)
    if (known) return known
    const read = readKey(text, algorithm, this.#limits)
    this.#parsed.set(id, read, this.#parsed.epoch)
    return read
  }
}

export function readKey(text: string, algorithm: Algorithm, limits: KeyLimits) {
  const wrong = (why: string): NoKey => ({ result: 'permerror', why })
  const tags = text.length > recordMaxLength ? undefined : readTags(text)
  if (!tags) return wrong('the key record makes no sense')
  const list = (name: string, fallback: string) =>
    unspaced(tags.get(name) ?? fallback)
      .toLowerCase()
      .split(':')
  const [type, hash] = algorithm.split('-') as [string, string]
  if (tags.get('v') !== undefined && (tags.get('v') !== 'DKIM1' || [...tags.keys()][0] !== 'v'))
    return wrong('the key record is of an unknown version')
  if ((tags.get('k') ?? 'rsa').toLowerCase() !== type) return wrong(`the key is not for ${type}`)
  if (!list('h', hash).includes(hash)) return wrong(`the key is not for ${hash}`)
  if (!list('s', '*').some((one) => one === '*' || one === 'email'))
    return wrong('the key is not for mail')
  const encoded = unspaced(tags.get('p') ?? '')
  if (encoded === '') return wrong(tags.has('p') ? 'the key is revoked' : 'there is no key')
  const key = keyOf(encoded, type)
  if (!key) return wrong('the key is broken')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 256
  if (type === 'rsa' && bits < limits.rsaBitsMin)
    return { result: 'policy', why: `a key of ${bits} bits is too weak` } satisfies NoKey
  if (type === 'rsa' && bits > limits.rsaBitsMax)
    return { result: 'policy', why: `a key of ${bits} bits is too long` } satisfies NoKey
  return { key, bits, strict: list('t', '').includes('s') }
}

/** RFC 8410 §10.3: what stands before the 32 bytes of such a key. */
const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex')

function keyOf(encoded: string, type: string): KeyObject | undefined {
  if (!/^[a-z0-9+/]+={0,2}$/i.test(encoded)) return undefined
  const bytes = Buffer.from(encoded, 'base64')
  if (type === 'ed25519') {
    if (bytes.length !== 32) return undefined
    return parsed(Buffer.concat([ed25519Prefix, bytes]), 'spki')
  }
  // RFC 6376 §3.6.1 says the one, and shows the other (erratum 3017).
  const key = parsed(bytes, 'spki') ?? parsed(bytes, 'pkcs1')
  return key?.asymmetricKeyType === 'rsa' ? key : undefined
}

function parsed(key: Buffer, type: 'spki' | 'pkcs1'): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'der', type })
  } catch {
    return undefined
  }
}

/** Whether a signature was made of `data` (a Latin-1 string) with this key. */
export function isSignedWith(key: KeyObject, data: string, signature: Buffer, hash: Hash): boolean {
  const bytes = Buffer.from(data, 'latin1')
  try {
    // RFC 8463 §3: Ed25519 signs the hash.
    return key.asymmetricKeyType === 'ed25519'
      ? verify(null, hash(bytes), key, signature)
      : verify('sha256', bytes, key, signature)
  } catch {
    return false
  }
}

export type Hash = (bytes: Buffer) => Buffer
