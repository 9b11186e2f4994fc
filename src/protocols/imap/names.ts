// Names of mailboxes on their way out: quoted where they must be, in modified UTF-7 for those who
// have not agreed upon UTF-8; and what mailboxes are said to be for.
import { toModifiedUtf7 } from './modified-utf7.ts'

const plain = /^[^\x00-\x20(){%*"\\\]\x7f-\uffff]+$/

/** As an astring. */
export function quotedName(name: string, utf8: boolean): string {
  const text = utf8 ? name : toModifiedUtf7(name)
  // A name that reads as NIL would be none.
  if (plain.test(text) && text.toUpperCase() !== 'NIL') return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** Any text as an astring: a literal where a quoted string may not hold it. */
export function quotedText(text: string): string {
  if (plain.test(text) && text.toUpperCase() !== 'NIL') return text
  if (/^[\x01-\x09\x0b\x0c\x0e-\x7f]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  return `{${Buffer.byteLength(text)}}\r\n${text}`
}

/** RFC 6154 §2, RFC 8457 §3, and IANA's list: attributes, by what a mailbox is for. */
export const uses: Readonly<Record<string, string>> = {
  archive: '\\Archive',
  drafts: '\\Drafts',
  flagged: '\\Flagged',
  important: '\\Important',
  junk: '\\Junk',
  sent: '\\Sent',
  snoozed: '\\Snoozed',
  trash: '\\Trash',
}

/** What a mailbox with that attribute is for; undefined where we do not know it. */
export function roleOf(attribute: string): string | undefined {
  const wanted = attribute.toLowerCase()
  return Object.keys(uses).find((role) => uses[role]?.toLowerCase() === wanted)
}
