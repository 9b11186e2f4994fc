// Seals what is forwarded, RFC 8617 §5.1: what we found when it came, and a signature that says so.
import { canonicalField } from '../dkim/canonical.ts'
import type { RawField, SealedText } from '../dkim/sealed-text.ts'
import { type SigningKey, signatureOf } from '../dkim/sign.ts'
import { readInstances, sealedData } from './verify.ts'

export interface Sealing {
  readonly key: SigningKey
  /** The value of our Authentication-Results field. */
  readonly results: string
  /** What we found of the chain so far. */
  readonly chain: 'none' | 'pass' | 'fail'
  /** Names of fields, in lower case; those that are usually signed without them. */
  readonly fields?: readonly string[]
  /** Milliseconds since 1970. */
  readonly now: number
}

const instancesMax = 50
const usualFields = [
  ...['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to', 'in-reply-to'],
  ...['references', 'mime-version', 'content-type', 'content-transfer-encoding'],
  ...['dkim-signature', 'list-id', 'list-unsubscribe'],
]

/**
 * The three fields with their CRLF; "" where the chain is broken and said so before (RFC 8617
 * §5.1), or is too long.
 */
export async function sealArc(text: SealedText, sealing: Sealing): Promise<string> {
  const before = readInstances(text)
  const instances = before === undefined || typeof before === 'string' ? [] : before
  if (instances.at(-1)?.sealTags.get('cv')?.toLowerCase() === 'fail') return ''
  if (typeof before === 'string' || instances.length >= instancesMax) return ''
  const { key, results, chain, now } = sealing
  const instance = instances.length + 1
  const at = Math.floor(now / 1000)
  const by = `d=${key.domain}`
  const end = `i=${instance}; s=${key.selector}; t=${at}`
  const present = new Set(text.fields.map(({ name }) => name))
  const names = sealing.fields ?? usualFields.filter((name) => present.has(name))
  const [body] = await text.bodies([{ form: 'relaxed', length: undefined }])
  const seen = `ARC-Authentication-Results: i=${instance}; ${results}\r\n`
  const rest = `bh=${body!.hash}; c=relaxed/relaxed; ${by};\r\n h=${names.join(':')}; ${end}`
  const message = await signedField(`ARC-Message-Signature: a=${key.algorithm}`, rest, (unsigned) =>
    signatureOf(text.signed(names, 'relaxed') + unsigned, key.key),
  )
  const own = { results: raw(seen), message: raw(message) }
  // RFC 8617 §5.1.2: a broken chain is not sealed again, only what we add.
  const sealed = sealedData(chain === 'fail' ? [] : instances, own)
  const seal = await signedField(
    `ARC-Seal: a=${key.algorithm}`,
    `cv=${chain}; ${by}; ${end}`,
    (unsigned) => signatureOf(sealed + unsigned, key.key),
  )
  return seal + message + seen
}

async function signedField(
  begin: string,
  rest: string,
  signing: (unsigned: string) => Promise<string>,
): Promise<string> {
  const field = (signature: string) => `${begin};\r\n b=${signature};\r\n ${rest}\r\n`
  const unsigned = canonicalField(field(''), 'relaxed').replace(/\r\n$/, '')
  // In one line: a later seal covers it, and some fold it anew on the way.
  return field(await signing(unsigned))
}

function raw(text: string): RawField {
  return { name: '', raw: text, value: '' }
}
