// The body of an email as JMAP objects, RFC 8621 §4.1.4: parts, their sizes and their texts.
import { bodyParts } from '../../../message/body-parts.ts'
import { decodeCharset, guessText } from '../../../message/charset.ts'
import { paramOf } from '../../../message/parameters.ts'
import type { Part } from '../../../message/structure.ts'
import { decodeTransfer } from '../../../message/transfer-decode.ts'
import type { Json } from '../args.ts'
import { blobIdOfPart } from '../blob-ids.ts'
import {
  type Head,
  type HeaderWish,
  headerValue,
  headerWish,
  headOf,
  rawHeaders,
} from './header-forms.ts'

export interface BodySource {
  /** The blob's id of the whole message. */
  readonly blobId: string
  /** As received, whole: what the structure's offsets count in. */
  readonly bytes: Buffer
  /** The header of the whole message, with what was put before it. */
  readonly head: Head
  readonly root: Part
}

const plainProperties = [
  ...['partId', 'blobId', 'size', 'headers', 'name', 'type', 'charset', 'disposition', 'cid'],
  ...['language', 'location', 'subParts'],
]
export const bodyDefaults: readonly string[] = [
  ...['partId', 'blobId', 'size', 'name', 'type', 'charset', 'disposition', 'cid', 'language'],
  'location',
]

export function isBodyProperty(name: string): boolean {
  return plainProperties.includes(name) || headerWish(name) !== undefined
}

export class Body {
  readonly #source: BodySource
  readonly #ids = new Map<Part, string>()
  readonly #properties: readonly string[]
  readonly #wishes: readonly HeaderWish[]

  constructor(source: BodySource, properties: readonly string[] = bodyDefaults) {
    this.#source = source
    this.#properties = properties
    this.#wishes = properties.flatMap((name) => headerWish(name) ?? [])
    this.#number([source.root], '')
  }

  get structure(): Json {
    return this.#object(this.#source.root, true)
  }

  get lists() {
    const { text, html, attachments } = bodyParts(this.#source.root)
    return { textBody: text, htmlBody: html, attachments }
  }

  list(parts: readonly Part[]): readonly Json[] {
    return parts.map((part) => this.#object(part, false))
  }

  /** Texts by the ids of their parts. */
  values(parts: Iterable<Part>, maxBytes: number): Json {
    const found: Record<string, Json> = {}
    for (const part of parts)
      if (part.type === 'text') found[this.#ids.get(part)!] = textOf(this.#source, part, maxBytes)
    return found
  }

  /** Every leaf that is text. */
  *texts(): Generator<Part> {
    for (const part of this.#ids.keys()) if (part.type === 'text') yield part
  }

  /** A multipart has no id: it holds no content of its own. */
  #number(parts: readonly Part[], before: string): void {
    for (const [n, part] of parts.entries()) {
      const id = before === '' ? `${n + 1}` : `${before}.${n + 1}`
      if (part.parts) this.#number(part.parts, part === this.#source.root ? '' : id)
      else this.#ids.set(part, id)
    }
  }

  #object(part: Part, deep: boolean): Json {
    const all: Record<string, unknown> = {}
    for (const name of this.#properties) {
      if (name === 'subParts') continue
      if (!name.startsWith('header')) all[name] = this.#value(part, name)
    }
    if (this.#properties.includes('headers')) all.headers = rawHeaders(this.#head(part))
    for (const wish of this.#wishes) all[wish.property] = headerValue(this.#head(part), wish)
    // RFC 8621 §4.2: subParts come with bodyStructure, whatever was asked for.
    if (part.parts && (deep || this.#properties.includes('subParts')))
      all.subParts = part.parts.map((each) => this.#object(each, deep))
    return all
  }

  #head(part: Part): Head {
    if (part === this.#source.root) return this.#source.head
    return headOf(this.#source.bytes.subarray(part.start, part.body))
  }

  #value(part: Part, name: string): unknown {
    switch (name) {
      case 'partId':
        return this.#ids.get(part) ?? null
      case 'blobId':
        return part.parts ? null : blobIdOfPart(this.#source.blobId, part)
      case 'size':
        return part.parts ? 0 : decodedSize(this.#source.bytes, part)
      case 'name':
        return part.filename ?? null
      case 'type':
        return `${part.type}/${part.subtype}`
      case 'charset':
        return charsetOf(part)
      case 'disposition':
        return part.disposition || null
      case 'cid':
        return part.id ?? null
      case 'language':
        return part.language?.split(/\s*,\s*/) ?? null
      default:
        return part.location ?? null
    }
  }
}

function charsetOf(part: Part): string | null {
  const said = paramOf(part.params, 'charset')
  return said !== '' ? said : part.type === 'text' ? 'us-ascii' : null
}

function decodedSize(bytes: Buffer, part: Part): number {
  const body = bytes.subarray(part.body, part.end)
  return decodeTransfer(body, part.encoding).length
}

/** RFC 8621 §4.1.4, EmailBodyValue. */
function textOf({ bytes }: BodySource, part: Part, maxBytes: number): Json {
  const decoded = decodeTransfer(bytes.subarray(part.body, part.end), part.encoding)
  const label = paramOf(part.params, 'charset')
  const known = decodeCharset(decoded, label)
  const whole = (known ?? guessText(decoded)).replaceAll('\r\n', '\n').replaceAll('\0', '')
  const foreign = !/^(?:7bit|8bit|binary|quoted-printable|base64)$/.test(part.encoding)
  const problem = known === undefined || foreign || whole.includes('\ufffd')
  const value = maxBytes > 0 ? cut(whole, maxBytes, part.subtype === 'html') : whole
  return {
    value: value.toWellFormed(),
    isEncodingProblem: problem,
    isTruncated: value.length < whole.length,
  }
}

/** At most so many bytes of UTF-8; of HTML, not within a tag (RFC 8621 §4.2). */
function cut(text: string, maxBytes: number, html: boolean): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--
  const short = bytes.toString('utf8', 0, end)
  const open = html ? short.lastIndexOf('<') : -1
  return open >= 0 && short.indexOf('>', open) < 0 ? short.slice(0, open) : short
}
