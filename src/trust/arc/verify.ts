// Checks the chain of an authenticated received message, RFC 8617 §5.2. Knows whether it is whole,
// and not whether those in it are to be believed.
import { canonicalField, unsignedField } from '../dkim/canonical.ts'
import { isSignedWith, type Keys } from '../dkim/keys.ts'
import type { RawField, SealedText } from '../dkim/sealed-text.ts'
import { readBare, readMessageSignature } from '../dkim/signature.ts'
import { mistakeIn, sha256 } from '../dkim/verify.ts'
import { readTags, type Tags } from '../tags.ts'

export interface ArcResult {
  readonly result: 'none' | 'pass' | 'fail' | 'temperror'
  /** How many have sealed it. */
  readonly instances: number
  /** The domains that sealed it, the last one last. */
  readonly sealers: readonly string[]
  /** What the first of them saw: its ARC-Authentication-Results, without the instance. */
  readonly seen: string
  readonly why: string
}

const instancesMax = 50
/** RFC 6376 §3.5 has simple/simple; but those who leave it out in a chain mean this. */
const forms = 'relaxed/relaxed'

/** One turn of the chain. */
interface Instance {
  readonly results: RawField
  readonly message: RawField
  readonly seal: RawField
  readonly messageTags: Tags
  readonly sealTags: Tags
}

export async function verifyArc(text: SealedText, keys: Keys): Promise<ArcResult> {
  const instances = readInstances(text)
  if (instances === undefined) return { ...nothing, result: 'none' }
  if (typeof instances === 'string') return { ...nothing, result: 'fail', why: instances }
  const chain = {
    instances: instances.length,
    sealers: instances.map(({ sealTags }) => (sealTags.get('d') ?? '').toLowerCase()),
    seen: instances[0]!.results.value.replace(/^[ \t]*i[ \t]*=[ \t]*1[ \t]*;[ \t]*/, ''),
  }
  const broken = brokenChain(instances) ?? (await wrongMessage(instances.at(-1)!, text, keys))
  if (broken) return { ...chain, ...broken }
  for (let at = instances.length; at > 0; at--) {
    const wrong = await wrongSeal(instances.slice(0, at), keys)
    if (wrong) return { ...chain, ...wrong }
  }
  return { ...chain, result: 'pass', why: '' }
}

const nothing = { instances: 0, sealers: [], seen: '', why: '' }

type Wrong = { readonly result: 'fail' | 'temperror'; readonly why: string }

function failed(why: string): Wrong {
  return { result: 'fail', why }
}

/** In their order; what is wrong with them as a text; undefined where there are none. */
export function readInstances(text: SealedText): readonly Instance[] | string | undefined {
  const kinds = ['arc-authentication-results', 'arc-message-signature', 'arc-seal'] as const
  const [results, messages, seals] = kinds.map((kind) => text.named(kind)) as [Some, Some, Some]
  const count = Math.max(results.length, messages.length, seals.length)
  if (count === 0) return undefined
  if (count > instancesMax) return `more than ${instancesMax} instances`
  const found: Instance[] = []
  const byNumber = [numbered(results, true), numbered(messages), numbered(seals)] as const
  for (let n = 1; n <= count; n++) {
    const [result, message, seal] = byNumber.map((map) => map.get(n))
    if (!result?.only || !message?.only?.tags || !seal?.only?.tags)
      return `instance ${n} is not whole`
    found.push({
      results: result.only.field,
      message: message.only.field,
      seal: seal.only.field,
      messageTags: message.only.tags,
      sealTags: seal.only.tags,
    })
  }
  return found
}

type Some = readonly RawField[]
interface Numbered {
  readonly field: RawField
  readonly tags: Tags | undefined
}

/** The fields by their `i=`; `only` is missing where there are two of a number. */
function numbered(fields: Some, onlyNumber = false): Map<number, { only?: Numbered }> {
  const map = new Map<number, { only?: Numbered }>()
  for (const field of fields) {
    const tags = onlyNumber ? undefined : readTags(field.value)
    const said = onlyNumber
      ? /^[ \t]*i[ \t]*=[ \t]*(\d+)[ \t]*;/.exec(field.value)?.[1]
      : tags?.get('i')
    const n = /^\d{1,4}$/.test(said ?? '') ? Number(said) : 0
    map.set(n, map.has(n) ? {} : { only: { field, tags } })
  }
  return map
}

/** RFC 8617 §5.2 steps 2 and 3. */
function brokenChain(instances: readonly Instance[]): Wrong | undefined {
  for (const [at, { sealTags, messageTags }] of instances.entries()) {
    const cv = (sealTags.get('cv') ?? '').toLowerCase()
    if (cv !== (at === 0 ? 'none' : 'pass')) return failed(`instance ${at + 1} says cv=${cv}`)
    if (sealTags.has('h') || sealTags.has('bh')) return failed(`the seal ${at + 1} names fields`)
    const signature = readMessageSignature(messageTags, forms)
    if ('why' in signature) return failed(`the signature ${at + 1}: ${signature.why}`)
    if (signature.fields.includes('arc-seal')) return failed(`the signature ${at + 1} names seals`)
  }
  return undefined
}

/** Step 4: the newest signature must be good. */
async function wrongMessage(
  { message, messageTags }: Instance,
  text: SealedText,
  keys: Keys,
): Promise<Wrong | undefined> {
  const signature = readMessageSignature(messageTags, forms)
  if ('why' in signature) return failed(signature.why)
  const found = await keys.find(signature)
  if (!('key' in found)) return noKey(found)
  const [body] = await text.bodies([{ form: signature.bodyForm, length: signature.bodyLength }])
  const mistake = mistakeIn(signature, { text, field: message, body: body! }, found)
  return mistake === '' ? undefined : failed(mistake)
}

/** Step 6: every seal must be good, over all before it. */
async function wrongSeal(instances: readonly Instance[], keys: Keys): Promise<Wrong | undefined> {
  const last = instances.at(-1)!
  const seal = readBare(last.sealTags)
  if ('why' in seal) return failed(`the seal ${instances.length}: ${seal.why}`)
  const found = await keys.find(seal)
  if (!('key' in found)) return noKey(found)
  const data = sealedData(instances.slice(0, -1), last) + unsignedField(last.seal.raw, 'relaxed')
  if (isSignedWith(found.key, data, seal.signature, sha256)) return undefined
  return failed(`the seal ${instances.length} is not of what it sealed`)
}

function noKey({ result, why }: { readonly result: string; readonly why: string }): Wrong {
  return { result: result === 'temperror' ? result : 'fail', why }
}

/** RFC 8617 §5.1.1: all of the instances before, and the new one without its seal. */
export function sealedData(
  before: readonly Pick<Instance, 'results' | 'message' | 'seal'>[],
  { results, message }: Pick<Instance, 'results' | 'message'>,
): string {
  const fields = before.flatMap((one) => [one.results, one.message, one.seal])
  return [...fields, results, message].map(({ raw }) => canonicalField(raw, 'relaxed')).join('')
}
