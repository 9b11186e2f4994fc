// IMAP URLs of messages and their parts, RFC 4469 §3: those of the account itself, which name no
// server: "/INBOX;UIDVALIDITY=9/;UID=4/;SECTION=1.2/;PARTIAL=0.100". Knows the words, no message.
import { Syntax } from '../../wire/protocol.ts'
import { Cursor } from './cursor.ts'
import { type Partial, readSection, type Section } from './fetch/section.ts'

export interface MessageUrl {
  /** undefined: the selected one. */
  readonly mailbox: string | undefined
  readonly uidValidity: number | undefined
  readonly uid: number
  readonly section: Section
  readonly partial: Partial | undefined
}

const form = new RegExp(
  [
    String.raw`^(?:\/([^;/][^;]*?))?(?:;UIDVALIDITY=([1-9]\d{0,9}))?\/?;UID=([1-9]\d{0,9})`,
    String.raw`(?:\/?;SECTION=([^;]+?))?(?:\/?;PARTIAL=(\d{1,15})(?:\.([1-9]\d{0,14}))?)?\/?$`,
  ].join(''),
  'i',
)
const urlMaxChars = 4_000
const whole: Section = { part: [], text: '', fields: [] }

/** undefined for what is no such URL. */
export function messageUrl(url: string): MessageUrl | undefined {
  const found = url.length <= urlMaxChars ? form.exec(url) : null
  if (!found) return undefined
  const [, mailbox, validity, uid, section, offset, length] = found
  try {
    return {
      mailbox: mailbox === undefined ? undefined : nameOf(decodeURIComponent(mailbox)),
      uidValidity: validity === undefined ? undefined : Number(validity),
      uid: Number(uid),
      section: section === undefined ? whole : sectionOf(decodeURIComponent(section)),
      partial: offset === undefined ? undefined : partialOf(offset, length),
    }
  } catch (error) {
    if (error instanceof URIError || error instanceof Syntax) return undefined
    throw error
  }
}

function nameOf(name: string): string {
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : name
}

function sectionOf(text: string): Section {
  const cursor = Cursor.over(`[${text}]`)
  const section = readSection(cursor)
  cursor.end()
  return section
}

function partialOf(offset: string, length: string | undefined): Partial {
  return { offset: Number(offset), length: Number(length ?? Number.MAX_SAFE_INTEGER) }
}
