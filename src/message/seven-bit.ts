// A message made fit for a hop that takes 7-bit text only, RFC 6152 §3: parts with other bytes are
// encoded, as the text streams by. What a signature covers stays as it is, or does not go.
import { isAscii, isUtf8 } from 'node:buffer'
import { toQuotedPrintable } from './body-encode.ts'
import { LinePieces, type Piece } from './line-pieces.ts'
import { type PartHead, PartWalk, type Step } from './part-walk.ts'

export type SevenBit =
  /** All of it is 7-bit already. */
  | { readonly is: 'same' }
  | { readonly is: 'converted'; readonly body: Body; readonly size: number }
  | { readonly is: 'impossible'; readonly why: string }

/** The text, each time it is asked for. */
type Body = () => AsyncIterable<Uint8Array>
type Coding = 'quoted-printable' | 'base64'

interface Planned {
  readonly coding: Coding
  readonly charset: string
}

type Plan = ReadonlyMap<number, Planned>

export async function sevenBit(body: Body): Promise<SevenBit> {
  if (await allAscii(body)) return { is: 'same' }
  const survey = new Survey()
  for await (const steps of stepsOf(body)) for (const step of steps) survey.see(step)
  const { plan, why } = survey.result()
  if (why !== '') return { is: 'impossible', why }
  const converted = () => convert(body, plan)
  let size = 0
  for await (const piece of converted()) size += piece.length
  return { is: 'converted', body: converted, size }
}

async function allAscii(body: Body): Promise<boolean> {
  for await (const chunk of body()) if (!isAscii(chunk)) return false
  return true
}

/** The steps of one chunk at a time. */
async function* stepsOf(body: Body): AsyncGenerator<readonly Step[]> {
  const lines = new LinePieces()
  const walk = new PartWalk()
  for await (const chunk of body()) yield lines.push(chunk).flatMap((one) => walk.step(one))
  yield [...lines.end().flatMap((one) => walk.step(one)), ...walk.end()]
}

interface Seen {
  readonly head: PartHead
  bytes: number
  /** Bytes that quoted-printable writes as three. */
  escapes: number
  utf8: boolean
}

/** What must be encoded, and whether it can be. */
class Survey {
  readonly #seen = new Map<number, Seen>()
  #why = ''

  see(step: Step): void {
    if (step.is === 'body') this.#body(step.head, step.piece)
    else if (step.is === 'frame') {
      if (!isAscii(step.piece.bytes)) this.#why ||= 'there is text outside of its parts'
    } else if (!isAscii(step.head.bytes)) this.#why ||= 'its header has letters beyond ASCII'
  }

  result(): { plan: Plan; why: string } {
    const plan = new Map<number, Planned>()
    for (const [n, seen] of this.#seen) {
      this.#why ||= hindrance(seen.head)
      plan.set(n, { coding: codingOf(seen), charset: seen.utf8 ? 'utf-8' : 'unknown-8bit' })
    }
    return { plan, why: this.#why }
  }

  #body(head: PartHead, { bytes }: Piece): void {
    const known = this.#seen.get(head.n)
    if (!known && isAscii(bytes)) return
    const seen = known ?? { head, bytes: 0, escapes: 0, utf8: true }
    this.#seen.set(head.n, seen)
    seen.bytes += bytes.length
    for (const byte of bytes) if (byte > 126 || byte === 61) seen.escapes++
    seen.utf8 &&= isUtf8(bytes)
  }
}

function hindrance({ sealed, encoding, type, unclear }: PartHead): string {
  if (sealed) return 'it is signed or encrypted'
  if (unclear) return 'the header of a part is damaged'
  if (!/^(?:7bit|8bit|binary)$/.test(encoding)) return 'a part is not encoded as it says'
  // RFC 2046 §5.2: such parts may not be encoded.
  if (/^(?:message|multipart)\//.test(type)) return `a part is ${type} in other bytes than ASCII`
  return ''
}

function codingOf({ head, bytes, escapes }: Seen): Coding {
  const readable = head.type.startsWith('text/') && escapes * 6 <= bytes
  return readable && head.encoding !== 'binary' ? 'quoted-printable' : 'base64'
}

async function* convert(body: Body, plan: Plan): AsyncGenerator<Uint8Array> {
  const rewriting = new Rewriting(plan)
  for await (const steps of stepsOf(body)) {
    const text = Buffer.concat(steps.flatMap((step) => rewriting.take(step)))
    if (text.length > 0) yield text
  }
  const end = rewriting.end()
  if (end.length > 0) yield end
}

const crlf = Buffer.from('\r\n')

class Rewriting {
  readonly #plan: Plan
  #base64: Base64Lines | undefined

  constructor(plan: Plan) {
    this.#plan = plan
  }

  take(step: Step): Buffer[] {
    if (step.is === 'body') {
      const coding = this.#plan.get(step.head.n)?.coding
      if (coding !== 'base64') return [bodyLine(step.piece, coding)]
      this.#base64 ??= new Base64Lines()
      return [this.#base64.push(step.piece)]
    }
    // The line end before a boundary is the boundary's: RFC 2046 §5.1.1.
    const before = this.#base64?.end(false) ?? Buffer.alloc(0)
    this.#base64 = undefined
    return [before, step.is === 'head' ? this.#head(step.head) : bodyLine(step.piece, undefined)]
  }

  end(): Buffer {
    return this.#base64?.end(true) ?? Buffer.alloc(0)
  }

  #head(head: PartHead): Buffer {
    const planned = this.#plan.get(head.n)
    const label = planned?.coding ?? '7bit'
    const open = head.encoding === '8bit' || head.encoding === 'binary'
    if (!planned && (!open || head.sealed)) return head.bytes
    const kept = head.fields
      .filter(({ name }) => name !== 'content-transfer-encoding')
      .map(({ start, end }) => head.bytes.subarray(start, end))
    return Buffer.concat([...kept, Buffer.from(`${added(head, label, planned)}\r\n`)])
  }
}

function added(head: PartHead, label: string, planned: Planned | undefined): string {
  const says = (field: string) => head.fields.some(({ name }) => name === field)
  const lines = [`Content-Transfer-Encoding: ${label}`]
  if (planned && !says('content-type'))
    lines.push(`Content-Type: text/plain; charset=${planned.charset}`)
  // RFC 2045 §4: without it nobody would decode what was encoded.
  if (head.message && !says('mime-version')) lines.unshift('MIME-Version: 1.0')
  return lines.map((line) => `${line}\r\n`).join('')
}

function bodyLine({ bytes, ends }: Piece, coding: 'quoted-printable' | undefined): Buffer {
  const line = ends ? Buffer.concat([bytes, crlf]) : bytes
  if (coding === undefined) return line
  // A soft break lets the next piece of the line begin at the first column again.
  return ends ? toQuotedPrintable(line) : Buffer.concat([toQuotedPrintable(line), softBreak])
}

const softBreak = Buffer.from('=\r\n')
/** RFC 2045 §6.8: 76 letters. */
const base64LineBytes = 57

class Base64Lines {
  #held: Buffer = Buffer.alloc(0)
  #lineEnd = false

  push({ bytes, ends }: Piece): Buffer {
    const whole = [this.#held, ...(this.#lineEnd ? [crlf] : []), bytes]
    this.#lineEnd = ends
    const all = Buffer.concat(whole)
    const full = all.length - (all.length % base64LineBytes)
    this.#held = all.subarray(full)
    return encoded(all.subarray(0, full))
  }

  end(withLineEnd: boolean): Buffer {
    const last = withLineEnd && this.#lineEnd ? [this.#held, crlf] : [this.#held]
    return encoded(Buffer.concat(last))
  }
}

function encoded(bytes: Buffer): Buffer {
  const lines = bytes.toString('base64').match(/.{1,76}/g) ?? []
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''))
}
