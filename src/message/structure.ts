// The MIME structure of a message, RFC 2045 and 2046, as offsets into its bytes: what IMAP's
// BODYSTRUCTURE and JMAP's bodyStructure are made from. No recursion; decodes no body.
import { cleanText } from './address-list.ts'
import { decodeWords } from './encoded-words.ts'
import { envelopeBytes, type HeaderEnvelope, readEnvelope } from './envelope.ts'
import { type HeaderSection, rawValue, scanHeader } from './header-fields.ts'
import { LineCounts } from './line-counts.ts'
import { type Param, paramOf, parseParameters } from './parameters.ts'

/** A body part. Plain data; an absent property means that the message does not say. */
export interface Part {
  /** In lower case, as `subtype` and `encoding`. */
  readonly type: string
  readonly subtype: string
  readonly params: readonly Param[]
  /** "7bit" where the message does not say. */
  readonly encoding: string
  /** Header section: [start, body). Body: [body, end), without the line end before a boundary. */
  readonly start: number
  readonly body: number
  readonly end: number
  /** Line ends (LF) in the body, of text and of messages only. */
  readonly lines?: number
  readonly disposition?: string
  readonly dispositionParams?: readonly Param[]
  /** Decoded display name; never a path to use. */
  readonly filename?: string
  /** Content-ID without angle brackets. */
  readonly id?: string
  readonly description?: string
  readonly language?: string
  readonly location?: string
  readonly md5?: string
  /** Of a multipart: at least one. */
  readonly parts?: readonly Part[]
  /** Of a message/rfc822 or message/global: what is inside. */
  readonly message?: Part
  readonly envelope?: HeaderEnvelope
}

type Building = { -readonly [Key in keyof Part]: Part[Key] } & { parts?: Building[] }

const depthMax = 50
const partsMax = 5000
const boundaryMaxChars = 1000
/** What descriptions of parts and envelopes inside may cost in all; see `describedCost`. */
const describedMax = 64 * 1024
/** Lines that begin as a boundary does, and are looked at. */
const dashedMax = 50_000
/** Of one field. */
const fieldMaxChars = 32 * 1024

/**
 * Reads the structure of a message, or of its first bytes: then `size` is the size of the whole,
 * and parts that are not closed within `bytes` are told as reaching to its end. Never throws.
 * Deeper than 50 levels a part is one opaque leaf, and so is each beyond 64 KiB of descriptions;
 * after 5,000 parts, or 50,000 lines that begin with "--", the rest belongs to the last.
 */
export function readStructure(
  bytes: Buffer,
  header: HeaderSection = scanHeader(bytes),
  size: number = bytes.length,
): Part {
  return new StructureReader(bytes, size).read(header)
}

interface Open {
  readonly part: Building
  /** "" for what is no multipart, or is one past its closing boundary. */
  boundary: string
}

class StructureReader {
  readonly #bytes: Buffer
  readonly #size: number
  readonly #open: Open[] = []
  /** The boundaries of `#open`, and how many have each. */
  readonly #boundaries = new Map<string, number>()
  readonly #lineCounts: LineCounts
  #described = 0
  #dashed = 0

  constructor(bytes: Buffer, size: number) {
    this.#bytes = bytes
    this.#size = Math.max(size, bytes.length)
    this.#lineCounts = new LineCounts(bytes)
  }

  read(header: HeaderSection): Part {
    let from = this.#enter(header)
    const root = this.#open[0]!.part
    for (let count = 1; this.#boundaries.size > 0; ) {
      const line = this.#nextBoundary(from)
      if (line === undefined) break
      if (!line.last && ++count > partsMax) break
      while (this.#open.length > line.level + 1) this.#close(line.start)
      const multipart = this.#open[line.level]!
      if (line.last) {
        this.#forget(multipart.boundary)
        multipart.boundary = ''
        from = line.end
      } else from = this.#enter(scanHeader(this.#bytes, line.end))
    }
    while (this.#open.length > 0) this.#close(this.#size)
    return root
  }

  /** Opens the part whose header is given, and what begins with it; returns where to read on. */
  #enter(header: HeaderSection): number {
    let next: HeaderSection | undefined = header
    while (next !== undefined) {
      const parent: Building | undefined = this.#open.at(-1)?.part
      const part = readPart(next, parent)
      // The message itself is always told.
      if (this.#mayTell(describedCost(next)) || parent === undefined)
        describeAll(part, this.#bytes, next)
      else close(part)
      if (parent?.type === 'multipart') {
        parent.parts ??= []
        parent.parts.push(part)
      } else if (parent !== undefined) {
        parent.message = part
        parent.envelope = readEnvelope(this.#bytes, next)
      }
      next = this.#push(part)
    }
    return this.#open.at(-1)!.part.body
  }

  /** The header of the message inside, where the part is one that is looked into. */
  #push(part: Building): HeaderSection | undefined {
    const deep = this.#open.length >= depthMax
    const boundary = part.type === 'multipart' ? paramOf(part.params, 'boundary') : ''
    const usable = !deep && boundary.length <= boundaryMaxChars
    this.#open.push({ part, boundary: usable ? boundary : '' })
    if (usable && boundary !== '') {
      this.#boundaries.set(boundary, (this.#boundaries.get(boundary) ?? 0) + 1)
    }
    const message = part.type === 'message' && /^(?:rfc822|global)$/.test(part.subtype)
    // RFC 2046 §5.2.1 allows no encoding here; one that is encoded all the same stays closed.
    const plain = /^(?:7bit|8bit|binary)$/.test(part.encoding)
    if (!message || !plain || deep) return undefined
    const header = scanHeader(this.#bytes, part.body)
    return this.#mayTell(envelopeCost + envelopeBytes(header)) ? header : undefined
  }

  #mayTell(cost: number): boolean {
    if (this.#described + cost > describedMax) return false
    this.#described += cost
    return true
  }

  #close(end: number): void {
    const { part, boundary } = this.#open.pop()!
    if (boundary !== '') this.#forget(boundary)
    part.end = Math.max(end, part.body)
    if (part.type === 'multipart' && part.parts === undefined) {
      // Nothing could be taken apart: too deep, or no boundary was ever met.
      const deep = this.#open.length >= depthMax
      part.type = deep ? 'application' : 'text'
      part.subtype = deep ? 'octet-stream' : 'plain'
      part.params = []
    }
    if (part.type === 'text' || part.message !== undefined)
      part.lines = this.#lineCounts.between(part.body, part.end)
  }

  #forget(boundary: string): void {
    const others = this.#boundaries.get(boundary)! - 1
    if (others === 0) this.#boundaries.delete(boundary)
    else this.#boundaries.set(boundary, others)
  }

  /** The next line that is a boundary of an open multipart, RFC 2046 §5.1.1. */
  #nextBoundary(from: number): BoundaryLine | undefined {
    const bytes = this.#bytes
    let at = bytes.indexOf(lineAndDashes, Math.max(0, from - 1))
    while (at >= 0 && ++this.#dashed <= dashedMax) {
      const newline = bytes.indexOf(10, at + 1)
      const end = newline < 0 ? bytes.length : newline + 1
      const text = bytes
        .toString('latin1', at + 3, Math.min(end, at + 2 * boundaryMaxChars))
        .trimEnd()
      const opening = this.#boundaries.has(text)
      const boundary = opening ? text : text.slice(0, -2)
      if (opening || (text.endsWith('--') && this.#boundaries.has(boundary))) {
        const start = bytes[at - 1] === 13 ? at - 1 : at
        const level = this.#open.findLastIndex((open) => open.boundary === boundary)
        // A boundary with nothing after it opens no part.
        return { start, end, level, last: !opening || end === bytes.length }
      }
      at = newline < 0 ? -1 : bytes.indexOf(lineAndDashes, newline)
    }
    return undefined
  }
}

interface BoundaryLine {
  /** Where the part before it ends. */
  readonly start: number
  readonly end: number
  /** Index of the multipart among the open parts. */
  readonly level: number
  readonly last: boolean
}

const lineAndDashes = Buffer.from('\n--')

/** The part that a header opens, as RFC 2045 §5.2 and RFC 2046 §5.1.5 have it by default. */
function readPart(header: HeaderSection, parent: Part | undefined): Building {
  const digest = parent?.type === 'multipart' && parent.subtype === 'digest'
  const part: Building = {
    type: digest ? 'message' : 'text',
    subtype: digest ? 'rfc822' : 'plain',
    params: [],
    encoding: '7bit',
    start: header.start,
    body: header.end,
    end: header.end,
  }
  return part
}

/** Too much has been told already: what it is stays unsaid. */
function close(part: Building): void {
  part.type = 'application'
  part.subtype = 'octet-stream'
}

/** Every part costs something, however little it says. */
const partCost = 12
const envelopeCost = 64

function describedCost(header: HeaderSection): number {
  let cost = partCost
  for (const { name, start, end } of header.fields)
    if (name.startsWith('content-')) cost += Math.min(end - start, fieldMaxChars)
  return cost
}

/** What the part's own fields say of it. */
function describeAll(part: Building, bytes: Buffer, header: HeaderSection): void {
  const seen = new Set<string>()
  for (const field of header.fields) {
    if (!field.name.startsWith('content-') || seen.has(field.name)) continue
    seen.add(field.name)
    describe(part, field.name, rawValue(bytes, field).slice(0, fieldMaxChars))
  }
  const name = paramOf(part.dispositionParams ?? [], 'filename') || paramOf(part.params, 'name')
  if (name !== '') part.filename = cleanText(name).slice(0, 255).toWellFormed()
}

function describe(part: Building, name: string, raw: string): void {
  switch (name) {
    case 'content-type':
      setType(part, raw)
      return
    case 'content-transfer-encoding':
      part.encoding = token(raw) || '7bit'
      return
    case 'content-disposition': {
      const { value, params } = parseParameters(raw)
      part.disposition = token(value)
      if (params.length > 0) part.dispositionParams = params
      return
    }
    case 'content-id':
      part.id = cleanText(raw).replace(/^<|>$/g, '').slice(0, 998)
      return
    case 'content-description':
      part.description = cleanText(decodeWords(raw)).slice(0, 1000).toWellFormed()
      return
    case 'content-language':
      part.language = cleanText(raw).slice(0, 200)
      return
    case 'content-location':
      part.location = cleanText(raw).slice(0, 2000)
      return
    case 'content-md5':
      part.md5 = cleanText(raw).slice(0, 100)
  }
}

function setType(part: Building, raw: string): void {
  const { value, params } = parseParameters(raw)
  const type = /^([!#-'*+.0-9A-Z^-~-]{1,127}) ?\/ ?([!#-'*+.0-9A-Z^-~-]{1,127})$/i.exec(value)
  if (!type) return
  part.type = type[1]!.toLowerCase()
  part.subtype = type[2]!.toLowerCase()
  part.params = params
}

/** The first word, in lower case: encodings are written with comments and semicolons after. */
function token(raw: string): string {
  return /^[^\s;()]{0,80}/.exec(raw.toLowerCase())![0]
}
