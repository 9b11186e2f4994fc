// IMAP's ENVELOPE of a message, RFC 9051 §7.5.2, ready to be sent: header fields as they are
// written, nothing decoded, as a Latin-1 string.
import { type AddressEntry, type Mailbox, writtenAddressList } from './address-list.ts'
import { type HeaderSection, rawValue } from './header-fields.ts'
import { imapNstring, imapString } from './imap-string.ts'

const lists = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'] as const
const singles = ['date', 'subject', 'in-reply-to', 'message-id'] as const
type Name = (typeof lists)[number] | (typeof singles)[number]
const names: ReadonlySet<string> = new Set([...lists, ...singles])
const listMax = 1000
/** Of one field. */
const valueMaxChars = 64 * 1024

/** Of a scanned header. Of a field that may stand once the first counts. */
export function envelopeText(bytes: Buffer, header: HeaderSection): string {
  const single = new Map<string, string>()
  const entries = new Map<string, AddressEntry[]>()
  for (const field of header.fields) {
    if (!names.has(field.name)) continue
    const list = lists.includes(field.name as (typeof lists)[number])
    const before = entries.get(field.name)
    if (list && (before?.length ?? 0) < listMax) {
      const more = writtenAddressList(rawValue(bytes, field))
      entries.set(field.name, [...(before ?? []), ...more].slice(0, listMax))
    } else if (!list && !single.has(field.name)) {
      single.set(field.name, rawValue(bytes, field).slice(0, valueMaxChars))
    }
  }
  const text = (name: Name) => imapNstring(single.get(name))
  const from = addressesText(entries.get('from'))
  // RFC 9051 §7.5.2: the server says From where there is no Sender or Reply-To.
  const or = (name: Name) => {
    const own = addressesText(entries.get(name))
    return own === 'NIL' ? from : own
  }
  const people = `${from} ${or('sender')} ${or('reply-to')}`
  const others = (['to', 'cc', 'bcc'] as const).map((name) => addressesText(entries.get(name)))
  const ids = `${text('in-reply-to')} ${text('message-id')}`
  return `(${text('date')} ${text('subject')} ${people} ${others.join(' ')} ${ids})`
}

function addressesText(entries: readonly AddressEntry[] | undefined): string {
  if (!entries || entries.length === 0) return 'NIL'
  return `(${entries.map(entryText).join('')})`
}

/** RFC 9051 §7.5.2: a group is what stands between an entry with its name and one of NIL. */
function entryText(entry: AddressEntry): string {
  if (!('group' in entry)) return mailboxText(entry)
  const members = entry.members.map(mailboxText).join('')
  return `(NIL NIL ${imapString(entry.group)} NIL)${members}(NIL NIL NIL NIL)`
}

function mailboxText({ name, route, local, domain }: Mailbox): string {
  const said = name === '' ? 'NIL' : imapString(name)
  return `(${said} ${imapNstring(route)} ${imapString(local)} ${imapString(domain)})`
}
