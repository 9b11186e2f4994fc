// What a header section says of a message: who, to whom, what about, in answer to what. This is
// display data, and IMAP's ENVELOPE; the SMTP envelope decides where mail goes.
import { type AddressEntry, cleanText, parseAddressList } from './address-list.ts'
import { decodeWords } from './encoded-words.ts'
import { parseDate } from './header-date.ts'
import { type HeaderSection, rawValue } from './header-fields.ts'
import { parseMessageIds } from './message-id.ts'

export interface HeaderEnvelope {
  /** Milliseconds since 1970; null where there is no date or it is unreadable. */
  readonly date: number | null
  /** The Date field as written, at most 100 characters, or "". */
  readonly dateText: string
  /** Decoded, one line, at most 8,192 characters; "" where there is none. */
  readonly subject: string
  readonly from: readonly AddressEntry[]
  readonly sender: readonly AddressEntry[]
  readonly replyTo: readonly AddressEntry[]
  readonly to: readonly AddressEntry[]
  readonly cc: readonly AddressEntry[]
  readonly bcc: readonly AddressEntry[]
  /** Without angle brackets, as the two lists below; "" where there is none. */
  readonly messageId: string
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
}

const subjectMaxChars = 8192
/** Of a Subject as it is written. */
const writtenMaxChars = 64 * 1024
/** Of all address fields together, as they are written. */
const addressesMaxChars = 64 * 1024
const dateMaxChars = 100
const listMax = 1000
// More fields of one name than this are an attack or a fault; the first are as good as all.
const repeatsMax = 100

type ListName = 'from' | 'sender' | 'replyTo' | 'to' | 'cc' | 'bcc'

const listNames: ReadonlyMap<string, ListName> = new Map([
  ['from', 'from'],
  ['sender', 'sender'],
  ['reply-to', 'replyTo'],
  ['to', 'to'],
  ['cc', 'cc'],
  ['bcc', 'bcc'],
])

/** Reads the envelope of a scanned header. Of a field that may stand once the first counts. */
export function readEnvelope(bytes: Buffer, header: HeaderSection): HeaderEnvelope {
  const once = new Map<string, string>()
  const lists: Record<ListName, AddressEntry[]> = {
    from: [],
    sender: [],
    replyTo: [],
    to: [],
    cc: [],
    bcc: [],
  }
  let repeats = 0
  let left = addressesMaxChars
  for (const field of header.fields) {
    const list = listNames.get(field.name)
    if (list !== undefined) {
      if (lists[list].length > 0 && ++repeats > repeatsMax) continue
      if (left <= 0 || lists[list].length >= listMax) continue
      const raw = rawValue(bytes, field).slice(0, left)
      left -= raw.length
      const entries = parseAddressList(raw)
      lists[list].push(...entries.slice(0, listMax - lists[list].length))
    } else if (onceNames.has(field.name) && !once.has(field.name)) {
      once.set(field.name, rawValue(bytes, field))
    }
  }
  const date = once.get('date') ?? ''
  return {
    date: date === '' ? null : parseDate(date),
    dateText: cleanText(date.slice(0, dateMaxChars)),
    subject: readSubject(once.get('subject') ?? ''),
    ...lists,
    messageId: parseMessageIds(once.get('message-id') ?? '')[0] ?? '',
    inReplyTo: parseMessageIds(once.get('in-reply-to') ?? ''),
    references: parseMessageIds(once.get('references') ?? ''),
  }
}

/** How much of a header an envelope is read from. */
export function envelopeBytes(header: HeaderSection): number {
  let size = 0
  for (const { name, start, end } of header.fields)
    if (listNames.has(name) || onceNames.has(name)) size += end - start
  return size
}

const onceNames: ReadonlySet<string> = new Set([
  'date',
  'subject',
  'message-id',
  'in-reply-to',
  'references',
])

function readSubject(raw: string): string {
  return cleanText(decodeWords(raw.slice(0, writtenMaxChars)))
    .slice(0, subjectMaxChars)
    .toWellFormed()
}
