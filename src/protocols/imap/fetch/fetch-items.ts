// What FETCH asks for, RFC 9051 §6.4.5, as values. Pure.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import {
  type Partial,
  readBinarySection,
  readPartial,
  readSection,
  type Section,
  sectionLabel,
} from './section.ts'

const plainNames = [
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'SAVEDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODY',
  'BODYSTRUCTURE',
  'PREVIEW',
  'EMAILID',
  'THREADID',
  'MODSEQ',
] as const

export type PlainName = (typeof plainNames)[number]

export type FetchItem =
  | { readonly is: 'plain'; readonly name: PlainName }
  | {
      readonly is: 'bytes'
      /** As it stands in the answer: "BODY[1.MIME]<0>". */
      readonly label: string
      readonly section: Section
      readonly partial: Partial | undefined
      /** RFC 3516: without its transfer encoding. */
      readonly decoded: boolean
      /** Marks the message as seen. */
      readonly marks: boolean
    }
  | { readonly is: 'size'; readonly label: string; readonly part: readonly number[] }

const macros: ReadonlyMap<string, readonly PlainName[]> = new Map([
  ['FAST', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE']],
  ['ALL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']],
  ['FULL', ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']],
])

const names: ReadonlySet<string> = new Set(plainNames)
const whole = { part: [], fields: [] }
const itemName = /[A-Z][A-Z0-9.]*/iy
const itemsMax = 500

/** A macro, an item or a list of items. */
export function readFetchItems(cursor: Cursor): readonly FetchItem[] {
  if (cursor.next === '(') return merged(cursor.list(() => readItem(cursor), 'items to fetch'))
  const word = cursor.match(itemName)?.[0].toUpperCase() ?? ''
  const macro = macros.get(word)
  return macro ? macro.map((name) => ({ is: 'plain', name })) : [itemOf(word, cursor)]
}

/** Whether fetching these marks messages as seen. */
export function marksSeen(items: readonly FetchItem[]): boolean {
  return items.some((item) => item.is === 'bytes' && item.marks)
}

/** Each item once. */
export function merged(items: readonly FetchItem[]): FetchItem[] {
  const byLabel = new Map<string, FetchItem>()
  for (const item of items) {
    const label = item.is === 'plain' ? item.name : item.label
    const length = item.is === 'bytes' && item.partial ? `.${item.partial.length}` : ''
    byLabel.set(label + length, item)
  }
  if (byLabel.size > itemsMax) throw new Syntax('Too many items to fetch')
  return [...byLabel.values()]
}

function readItem(cursor: Cursor): FetchItem {
  return itemOf(cursor.match(itemName)?.[0].toUpperCase() ?? '', cursor)
}

function itemOf(word: string, cursor: Cursor): FetchItem {
  switch (word) {
    case 'BODY':
      return cursor.next === '[' ? bytesItem(cursor, true) : { is: 'plain', name: 'BODY' }
    case 'BODY.PEEK':
      return bytesItem(cursor, false)
    case 'BINARY':
    case 'BINARY.PEEK':
      return binaryItem(cursor, word === 'BINARY')
    case 'BINARY.SIZE': {
      const part = readBinarySection(cursor)
      return { is: 'size', label: `BINARY.SIZE[${part.join('.')}]`, part }
    }
    // RFC 3501 §6.4.5: what these were called before there were sections.
    case 'RFC822':
      return oldItem(word, '', true)
    case 'RFC822.HEADER':
      return oldItem(word, 'HEADER', false)
    case 'RFC822.TEXT':
      return oldItem(word, 'TEXT', true)
    case 'PREVIEW':
      // RFC 8970 §3.2: previews are always there, so that "lazy" changes nothing.
      cursor.skip(' (LAZY)')
  }
  if (!names.has(word)) throw new Syntax('Expected something that can be fetched')
  return { is: 'plain', name: word as PlainName }
}

function bytesItem(cursor: Cursor, marks: boolean): FetchItem {
  const section = readSection(cursor)
  const partial = readPartial(cursor)
  const label = `BODY[${sectionLabel(section)}]${origin(partial)}`
  return { is: 'bytes', label, section, partial, decoded: false, marks }
}

function binaryItem(cursor: Cursor, marks: boolean): FetchItem {
  const section: Section = { part: readBinarySection(cursor), text: '', fields: [] }
  const partial = readPartial(cursor)
  const label = `BINARY[${sectionLabel(section)}]${origin(partial)}`
  return { is: 'bytes', label, section, partial, decoded: true, marks }
}

function oldItem(label: string, text: Section['text'], marks: boolean): FetchItem {
  const section = { ...whole, text }
  return { is: 'bytes', label, section, partial: undefined, decoded: false, marks }
}

function origin(partial: Partial | undefined): string {
  return partial ? `<${partial.offset}>` : ''
}
