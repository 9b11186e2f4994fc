// Which bytes of a message BODY[…] and BINARY[…] ask for, RFC 9051 §6.4.5: how that is written, and
// where in the message's structure it is.
import { imapString } from '../../../message/imap-string.ts'
import type { Part } from '../../../message/structure.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'

export type SectionText = '' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'

export interface Section {
  /** Numbers of parts; none for the message itself. */
  readonly part: readonly number[]
  readonly text: SectionText
  /** As written, for HEADER.FIELDS and HEADER.FIELDS.NOT. */
  readonly fields: readonly string[]
}

export interface Partial {
  readonly offset: number
  readonly length: number
}

const numbersMax = 100
const partNumber = /[1-9]\d{0,9}/y
const texts = /HEADER\.FIELDS\.NOT|HEADER\.FIELDS|HEADER|TEXT|MIME/iy
const fieldName = /^[^\x00-\x20(){%*"\\\]\x7f-\xff]+$/

/** "[1.2.HEADER.FIELDS (To)]". */
export function readSection(cursor: Cursor): Section {
  cursor.expect('[')
  const part = readNumbers(cursor)
  const dotted = part.length > 0 && cursor.skip('.')
  const text = part.length === 0 || dotted ? cursor.match(texts)?.[0].toUpperCase() : ''
  if (dotted && text === undefined) throw new Syntax('Expected a part of a message after the dot')
  const section = { part, text: (text ?? '') as SectionText, fields: readFields(cursor, text) }
  if (section.text === 'MIME' && part.length === 0) throw new Syntax('MIME is of a part only')
  cursor.expect(']')
  return section
}

/** "[1.2]" of BINARY, RFC 3516 §4.2. */
export function readBinarySection(cursor: Cursor): readonly number[] {
  cursor.expect('[')
  const part = readNumbers(cursor)
  cursor.expect(']')
  return part
}

function readNumbers(cursor: Cursor): number[] {
  const numbers: number[] = []
  while (numbers.length < numbersMax) {
    const found = cursor.match(partNumber)
    if (!found) break
    numbers.push(Number(found[0]))
    // The dot may be that of ".MIME".
    if (!cursor.ahead(/\.\d/y)) break
    cursor.expect('.')
  }
  return numbers
}

function readFields(cursor: Cursor, text: string | undefined): string[] {
  if (!text?.startsWith('HEADER.FIELDS')) return []
  cursor.space()
  return cursor.list(() => cursor.astringBytes('a field name').toString('latin1'))
}

/** "<0.100>", RFC 9051 §9 partial; undefined where there is none. */
export function readPartial(cursor: Cursor): Partial | undefined {
  if (!cursor.skip('<')) return undefined
  const offset = cursor.number64('an offset')
  cursor.expect('.')
  const length = cursor.number64('a length')
  if (length === 0) throw new Syntax('Expected a length above 0')
  cursor.expect('>')
  return { offset, length }
}

/** As it stands in the answer, within brackets. */
export function sectionLabel({ part, text, fields }: Section): string {
  const numbers = part.join('.')
  const dot = part.length > 0 && text !== '' ? '.' : ''
  const names = fields.map((name) => (fieldName.test(name) ? name : imapString(name)))
  return `${numbers}${dot}${text}${names.length > 0 ? ` (${names.join(' ')})` : ''}`
}

/** RFC 9051 §6.4.5.1: the part with these numbers; undefined where there is none. */
export function partAt(root: Part, numbers: readonly number[]): Part | undefined {
  let part: Part | undefined = root
  for (const [depth, number] of numbers.entries()) {
    // A message within is as if its own parts were the part's; the outermost message as well.
    const within: Part | undefined = depth > 0 && !part.parts ? part.message : part
    if (within?.parts) part = within.parts[number - 1]
    else part = number === 1 ? within : undefined
    if (!part) return undefined
  }
  return part
}

export type Range = readonly [start: number, end: number]

/** Of the bytes that the structure was read from; undefined where there is no such part. */
export function rangeOf(root: Part, { part: numbers, text }: Section): Range | undefined {
  const part = partAt(root, numbers)
  if (!part) return undefined
  if (text === '') return [part.body, part.end]
  if (text === 'MIME') return [part.start, part.body]
  // RFC 9051 §6.4.5.1: HEADER and TEXT are of messages.
  const message = part.message
  if (!message) return undefined
  return text === 'TEXT' ? [message.body, message.end] : [message.start, message.body]
}
