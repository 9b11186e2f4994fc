// The fields that signatures are in, RFC 6376 §3.5 and RFC 8617 §4.1: what they say, and what makes
// one worth nothing before anything is looked up. Pure.
import { readTags, type Tags, unspaced } from '../tags.ts'
import { isDomain, isSelector, isUnder } from '../words.ts'
import type { Form } from './canonical.ts'

export type Algorithm = 'rsa-sha256' | 'ed25519-sha256'

export interface Signature {
  readonly algorithm: Algorithm
  /** In lower case. */
  readonly domain: string
  readonly selector: string
  readonly signature: Buffer
  /** As it is written, for results. */
  readonly signatureText: string
}

export interface MessageSignature extends Signature {
  readonly headerForm: Form
  readonly bodyForm: Form
  readonly bodyHash: string
  /** Names of fields, in lower case. */
  readonly fields: readonly string[]
  /** `l=`, RFC 6376 §3.5. */
  readonly bodyLength: number | undefined
  /** The domain of `i=`. */
  readonly identity: string
}

export interface Flaw {
  readonly result: 'neutral' | 'permerror' | 'fail'
  readonly why: string
  readonly domain: string
  readonly selector: string
}

const fieldsMax = 256
const futureMaxS = 86_400

/** What a DKIM-Signature says; `now` in seconds since 1970. */
export function readSignature(value: string, now: number): MessageSignature | Flaw {
  const tags = readTags(value)
  if (!tags) return flaw(undefined, 'not a list of tags')
  if (tags.get('v') !== '1') return flaw(tags, 'an unknown version')
  const read = readMessageSignature(tags, 'simple/simple')
  if ('why' in read) return read
  if (!read.fields.includes('from')) return flaw(tags, 'From is not signed')
  return untimely(tags, now) ?? read
}

/** The tags that an ARC-Message-Signature has too; `forms` where it names none. */
export function readMessageSignature(tags: Tags, forms: string): MessageSignature | Flaw {
  const signature = readBare(tags)
  if ('why' in signature) return signature
  const [headerForm = 'simple', bodyForm = 'simple'] = (tags.get('c') ?? forms).split('/')
  if (!isForm(headerForm) || !isForm(bodyForm)) return flaw(tags, 'an unknown canonical form')
  const bodyHash = unspaced(tags.get('bh') ?? '')
  const fields = unspaced(tags.get('h') ?? '')
    .toLowerCase()
    .split(':')
    .filter((name) => name !== '')
  if (bodyHash === '') return flaw(tags, 'no hash of the body')
  if (fields.length > fieldsMax) return flaw(tags, `more than ${fieldsMax} fields`)
  const length = tags.get('l')
  if (length !== undefined && !/^\d{1,15}$/.test(length)) return flaw(tags, 'a wrong length')
  const query = tags.get('q')
  if (query !== undefined && !query.split(':').some((one) => one.trim() === 'dns/txt'))
    return flaw(tags, 'an unknown query method')
  const identity = (tags.get('i') ?? '').replace(/^.*@/s, '').toLowerCase()
  return {
    ...signature,
    ...{ headerForm, bodyForm, bodyHash, fields, identity },
    bodyLength: length === undefined ? undefined : Number(length),
  }
}

/** The tags of every kind of signature. */
export function readBare(tags: Tags): Signature | Flaw {
  const algorithm = (tags.get('a') ?? '').toLowerCase()
  const domain = (tags.get('d') ?? '').toLowerCase()
  const selector = (tags.get('s') ?? '').toLowerCase()
  const signatureText = unspaced(tags.get('b') ?? '')
  if (!isDomain(domain)) return flaw(tags, 'no domain')
  if (!isSelector(selector)) return flaw(tags, 'no selector')
  // RFC 8301 §3.1
  if (algorithm === 'rsa-sha1') return flaw(tags, 'rsa-sha1 proves nothing')
  if (algorithm !== 'rsa-sha256' && algorithm !== 'ed25519-sha256')
    return flaw(tags, 'an unknown algorithm')
  if (!/^[a-z0-9+/]+={0,2}$/i.test(signatureText)) return flaw(tags, 'no signature')
  const signature = Buffer.from(signatureText, 'base64')
  return { algorithm, domain, selector, signature, signatureText }
}

function untimely(tags: Tags, now: number): Flaw | undefined {
  const identity = tags.get('i')
  const domain = (tags.get('d') ?? '').toLowerCase()
  const at = identity?.lastIndexOf('@') ?? -1
  if (identity !== undefined && (at < 0 || !isUnder(identity.slice(at + 1).toLowerCase(), domain)))
    return flaw(tags, 'signed for another domain')
  const [begun, ends] = [tags.get('t'), tags.get('x')]
  if ([begun, ends].some((time) => time !== undefined && !/^\d{1,12}$/.test(time)))
    return flaw(tags, 'a wrong time')
  if (begun !== undefined && Number(begun) > now + futureMaxS)
    return flaw(tags, 'signed in the future')
  if (ends !== undefined && Number(ends) < Math.max(Number(begun ?? 0), now))
    return { ...flaw(tags, 'expired'), result: 'fail' }
  return undefined
}

function isForm(text: string): text is Form {
  return text === 'simple' || text === 'relaxed'
}

/** Domain and selector go into results, so only what can be one is told. */
export function flaw(tags: Tags | undefined, why: string): Flaw {
  const domain = (tags?.get('d') ?? '').toLowerCase()
  const selector = (tags?.get('s') ?? '').toLowerCase()
  return {
    result: 'permerror',
    why,
    domain: isDomain(domain) ? domain : '',
    selector: isSelector(selector) ? selector : '',
  }
}
