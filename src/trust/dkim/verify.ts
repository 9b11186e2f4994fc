// Checks the signatures of a message, RFC 6376 §6. Knows what each proves, not whose word counts.
import { createHash } from 'node:crypto'
import { unsignedField } from './canonical.ts'
import { isSignedWith, type Keys, type NoKey, type PublishedKey } from './keys.ts'
import type { BodyDigest, RawField, SealedText } from './sealed-text.ts'
import { type Flaw, type MessageSignature, readSignature } from './signature.ts'

export interface DkimResult {
  readonly result: 'pass' | 'fail' | 'policy' | 'neutral' | 'temperror' | 'permerror'
  /** `d=`, or "" where there is none that can be one. */
  readonly domain: string
  readonly selector: string
  readonly algorithm: string
  /** Of the key; 0 where none was found. */
  readonly bits: number
  /** Of the signature, its first characters (RFC 6008). */
  readonly signature: string
  /** For everything but a pass. */
  readonly why: string
}

/** More than these are not looked at: each costs a question and a computation. */
const signaturesMax = 10

/** One for each signature, in their order; `now` in milliseconds since 1970. */
export async function verifyDkim(
  text: SealedText,
  keys: Keys,
  now: number,
): Promise<readonly DkimResult[]> {
  const fields = text.named('dkim-signature').slice(0, signaturesMax)
  if (fields.length === 0) return []
  const signatures = fields.map(({ value }) => readSignature(value, Math.floor(now / 1000)))
  const sound = signatures.filter((one): one is MessageSignature => !('why' in one))
  const [found, bodies] = await Promise.all([
    Promise.all(signatures.map((one) => ('why' in one ? undefined : keys.find(one)))),
    text.bodies(sound.map((one) => ({ form: one.bodyForm, length: one.bodyLength }))),
  ])
  return signatures.map((one, at) => {
    if ('why' in one) return flawed(one)
    const body = bodies[sound.indexOf(one)]!
    return judged(one, { text, field: fields[at]!, body, found: found[at]! })
  })
}

interface Evidence {
  readonly text: SealedText
  readonly field: RawField
  readonly body: BodyDigest
  readonly found: PublishedKey | NoKey
}

function judged(signature: MessageSignature, evidence: Evidence): DkimResult {
  const { found, body } = evidence
  const verdict = (result: DkimResult['result'], why = ''): DkimResult => ({
    ...{ result, why },
    domain: signature.domain,
    selector: signature.selector,
    algorithm: signature.algorithm,
    bits: 'key' in found ? found.bits : 0,
    signature: signature.signatureText.slice(0, 8),
  })
  if (!('key' in found)) return verdict(found.result, found.why)
  if (found.strict && signature.identity !== '' && signature.identity !== signature.domain)
    return verdict('permerror', 'the key is not for subdomains')
  const mistake = mistakeIn(signature, evidence, found)
  if (mistake !== '') return verdict('fail', mistake)
  // What stands behind the signed part is anybody's.
  if (signature.bodyLength !== undefined && body.length > signature.bodyLength)
    return verdict('policy', `only the first ${signature.bodyLength} bytes are signed`)
  return verdict('pass')
}

/** "" where body and fields are what was signed. */
export function mistakeIn(
  signature: MessageSignature,
  { text, field, body }: Omit<Evidence, 'found'>,
  { key }: Pick<PublishedKey, 'key'>,
): string {
  if (signature.bodyLength !== undefined && body.length < signature.bodyLength)
    return 'the body is shorter than what was signed'
  if (body.hash !== signature.bodyHash) return 'the body was changed'
  const data =
    text.signed(signature.fields, signature.headerForm) +
    unsignedField(field.raw, signature.headerForm)
  const right = isSignedWith(key, data, signature.signature, sha256)
  return right ? '' : 'the header was changed, or it is another key'
}

export function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function flawed({ result, why, domain, selector }: Flaw): DkimResult {
  return { result, why, domain, selector, algorithm: '', bits: 0, signature: '' }
}
