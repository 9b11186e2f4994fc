// One message as signatures see it: its fields as bytes, and its body, hashed once in each form
// that somebody asks for.
import { rawValue, scanHeader } from '../../message/header-fields.ts'
import { BodyHash, canonicalField, type Form } from './canonical.ts'

export interface RawField {
  /** In lower case. */
  readonly name: string
  /** As it is written, the line end included: a Latin-1 string. */
  readonly raw: string
  /** Unfolded, without white space around it. */
  readonly value: string
}

export interface BodyDigest {
  readonly hash: string
  /** Of the canonical body, whatever was hashed of it. */
  readonly length: number
}

export type BodyForm = { readonly form: Form; readonly length: number | undefined }

/** Between these the event loop is let go. */
const sliceBytes = 64 * 1024
const sliceMaxMs = 8

export class SealedText {
  readonly fields: readonly RawField[]
  readonly #bodyAt: number
  readonly #text: () => AsyncIterable<Uint8Array>

  /** `head` has the whole header section; `text` is all of the message, whenever it is called. */
  constructor(head: Buffer, text: () => AsyncIterable<Uint8Array>) {
    const header = scanHeader(head)
    this.#bodyAt = header.end
    this.#text = text
    this.fields = header.fields.map((field) => ({
      name: field.name,
      raw: crlf(head.toString('latin1', field.start, field.end)),
      value: rawValue(head, field),
    }))
  }

  named(name: string): readonly RawField[] {
    return this.fields.filter((field) => field.name === name)
  }

  /**
   * The fields of `names` as they are signed: RFC 6376 §5.4.2, the last of a name first, and
   * nothing for one that is not there.
   */
  signed(names: readonly string[], form: Form): string {
    const left = Map.groupBy(this.fields, ({ name }) => name)
    const taken = new Map<string, number>()
    let out = ''
    for (const name of names) {
      const count = (taken.get(name) ?? 0) + 1
      taken.set(name, count)
      const field = left.get(name)?.at(-count)
      if (field) out += canonicalField(field.raw, form)
    }
    return out
  }

  /** The body's hash in each of these forms, in their order; read once for all of them. */
  async bodies(forms: readonly BodyForm[]): Promise<readonly BodyDigest[]> {
    const hashes = new Map<string, BodyHash>()
    const keys = forms.map(({ form, length }) => `${form} ${length ?? ''}`)
    for (const [at, { form, length }] of forms.entries())
      if (!hashes.has(keys[at]!)) hashes.set(keys[at]!, new BodyHash(form, length))
    if (hashes.size > 0) await this.#read([...hashes.values()])
    const digests = new Map(
      [...hashes].map(([key, one]) => {
        const { hash, length } = one.end()
        return [key, { hash: hash.toString('base64'), length }]
      }),
    )
    return keys.map((key) => digests.get(key)!)
  }

  async #read(hashes: readonly BodyHash[]): Promise<void> {
    let skip = this.#bodyAt
    let since = performance.now()
    for await (const chunk of this.#text()) {
      const start = Math.min(skip, chunk.length)
      skip -= start
      for (let at = start; at < chunk.length; at += sliceBytes) {
        const slice = chunk.subarray(at, at + sliceBytes)
        for (const hash of hashes) hash.update(slice)
        if (performance.now() - since < sliceMaxMs) continue
        await new Promise((resolve) => setImmediate(resolve))
        since = performance.now()
      }
    }
  }
}

/** A last field without its line end gets it, as canonical forms want it. */
function crlf(raw: string): string {
  return raw.endsWith('\n') ? raw : `${raw}\r\n`
}
