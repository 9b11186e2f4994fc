// Header fields in the forms of RFC 8621 §4.1.2: "header:{name}:as{Form}:all".
import { type AddressEntry, type Mailbox, parseAddressList } from '../../../message/address-list.ts'
import { guessRaw } from '../../../message/charset.ts'
import { decodeWords } from '../../../message/encoded-words.ts'
import { parseDate } from '../../../message/header-date.ts'
import { type HeaderSection, rawValue, scanHeader } from '../../../message/header-fields.ts'
import { parseMessageIds } from '../../../message/message-id.ts'

export type Form =
  | 'Raw'
  | 'Text'
  | 'Addresses'
  | 'GroupedAddresses'
  | 'MessageIds'
  | 'Date'
  | 'URLs'

export interface HeaderWish {
  /** The property as it was asked for. */
  readonly property: string
  /** In lower case. */
  readonly name: string
  readonly form: Form
  readonly all: boolean
}

const grammar =
  /^header:([!-9;-~]+?)(?::as(Raw|Text|Addresses|GroupedAddresses|MessageIds|Date|URLs))?(:all)?$/

const forms: Readonly<Record<string, readonly Form[]>> = {
  ...Object.fromEntries(
    ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc', 'resent-from', 'resent-sender']
      .concat(['resent-reply-to', 'resent-to', 'resent-cc', 'resent-bcc'])
      .map((name): [string, Form[]] => [name, ['Addresses', 'GroupedAddresses']]),
  ),
  ...Object.fromEntries(
    ['message-id', 'in-reply-to', 'references', 'resent-message-id'].map(
      (name): [string, Form[]] => [name, ['MessageIds']],
    ),
  ),
  ...{ date: ['Date'], 'resent-date': ['Date'] },
  ...Object.fromEntries(
    ['help', 'unsubscribe', 'subscribe', 'post', 'owner', 'archive'].map(
      (name): [string, Form[]] => [`list-${name}`, ['URLs']],
    ),
  ),
  ...{ subject: ['Text'], comments: ['Text'], keywords: ['Text'], 'list-id': ['Text'] },
  ...{ 'return-path': [], received: [] },
}

/** undefined for what is no header property, or a form that this field may not have. */
export function headerWish(property: string): HeaderWish | undefined {
  const match = grammar.exec(property)
  if (!match) return undefined
  const name = match[1]!.toLowerCase()
  const form = (match[2] ?? 'Raw') as Form
  const allowed = forms[name]
  if (form !== 'Raw' && allowed && !allowed.includes(form)) return undefined
  return { property, name, form, all: match[3] !== undefined }
}

/** A header section with its bytes. */
export interface Head {
  readonly bytes: Buffer
  readonly section: HeaderSection
}

export function headOf(bytes: Buffer): Head {
  return { bytes, section: scanHeader(bytes) }
}

/** The value of a header property. */
export function headerValue({ bytes, section }: Head, { name, form, all }: HeaderWish): unknown {
  const fields = section.fields.filter((field) => field.name === name)
  const values = fields.map((field) =>
    form === 'Raw' ? rawText(bytes, field.value, field.end) : formed(rawValue(bytes, field), form),
  )
  return all ? values : (values.at(-1) ?? null)
}

/** Every field as it is written, in order. */
export function rawHeaders({ bytes, section }: Head): readonly object[] {
  return section.fields.map((field) => ({
    name: bytes.toString('latin1', field.start, field.value - 1).trimEnd(),
    value: rawText(bytes, field.value, field.end),
  }))
}

/** RFC 8621 §4.1.2.1: all but the line end; no NUL. */
function rawText(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('latin1', start, end).replace(/\r?\n$/, '')
  return (/[\x80-\xff]/.test(raw) ? guessRaw(raw) : raw).replaceAll('\0', '')
}

function formed(raw: string, form: Exclude<Form, 'Raw'>): unknown {
  switch (form) {
    case 'Text':
      return textOf(raw)
    case 'Addresses':
      return addressesOf(parseAddressList(raw))
    case 'GroupedAddresses':
      return groupsOf(parseAddressList(raw))
    case 'MessageIds':
      return idsOf(raw)
    case 'Date':
      return dateOf(raw)
    case 'URLs':
      return urlsOf(raw)
  }
}

/** RFC 8621 §4.1.2.2 */
export function textOf(raw: string): string {
  return decodeWords(raw).replaceAll('\0', '').trim().normalize('NFC').toWellFormed()
}

export interface JmapAddress {
  readonly name: string | null
  readonly email: string
}

function addressOf({ name, local, domain }: Mailbox): JmapAddress {
  const email = domain === '' ? local : `${local}@${domain}`
  return { name: name === '' ? null : name.normalize('NFC'), email }
}

/** RFC 8621 §4.1.2.3: those of groups among them. */
export function addressesOf(entries: readonly AddressEntry[]): JmapAddress[] {
  return entries.flatMap((entry) =>
    'group' in entry ? entry.members.map(addressOf) : [addressOf(entry)],
  )
}

interface JmapGroup {
  readonly name: string | null
  readonly addresses: JmapAddress[]
}

/** RFC 8621 §4.1.2.4 */
function groupsOf(entries: readonly AddressEntry[]): JmapGroup[] {
  const groups: JmapGroup[] = []
  let loose: JmapGroup | undefined
  for (const entry of entries) {
    if ('group' in entry) {
      groups.push({ name: entry.group, addresses: entry.members.map(addressOf) })
      loose = undefined
      continue
    }
    if (!loose) {
      loose = { name: null, addresses: [] }
      groups.push(loose)
    }
    loose.addresses.push(addressOf(entry))
  }
  return groups
}

function idsOf(raw: string): readonly string[] | null {
  const ids = parseMessageIds(raw)
  return ids.length === 0 ? null : ids
}

/** RFC 8621 §4.1.2.6: with the zone as it was written. */
export function dateOf(raw: string): string | null {
  const ms = parseDate(raw)
  if (ms === null) return null
  const [, sign = '+', hours = '00', minutes = '00'] = /([+-])(\d\d):?(\d\d)\b/.exec(raw) ?? []
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes))
  const local = new Date(ms + offset * 60_000)
  if (Number.isNaN(local.getTime()) || local.getUTCFullYear() > 9999) return null
  const zone = offset === 0 ? 'Z' : `${sign}${hours}:${minutes}`
  return `${local.toISOString().slice(0, 19)}${zone}`
}

/** RFC 8621 §4.1.2.7: between angle brackets. */
function urlsOf(raw: string): readonly string[] | null {
  const plain = raw.replace(/\([^()]*\)/g, ' ')
  const urls = [...plain.matchAll(/<([^<>]*)>/g)].map((match) => match[1]!.replace(/\s+/g, ''))
  return urls.length === 0 ? null : urls
}
