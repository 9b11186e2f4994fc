// Looks at a message once: what is refused for its form, and what is kept of its content.
import { Refused } from '../base/refused.ts'
import { type Facts, factsOf } from '../mailbox/facts.ts'
import { type Digest, digest } from '../message/digest.ts'
import type { HeaderEnvelope } from '../message/envelope.ts'
import { formatDate } from '../message/header-date.ts'
import { type HeaderSection, scanHeader } from '../message/header-fields.ts'

export interface Examined {
  readonly facts: Facts
  /** Decoded, at most 1,000 characters. */
  readonly subject: string
  /** Without angle brackets, at most 1,000 characters. */
  readonly messageId: string
  /** The header fields that were missing, each ended by CRLF. */
  readonly added: string
}

export interface Rules {
  readonly receivedHopsMax: number
  /** What RFC 6409 §8.2 and §8.3 add where a message is submitted without it. */
  readonly missing?: {
    /** Without angle brackets. */
    readonly messageId: string
    /** Milliseconds since 1970. */
    readonly date: number
  }
}

const textMaxLength = 1_000

/**
 * `head` is the beginning of a message of `size` bytes, or all of it.
 * @throws Refused 'loop' for more Received fields than hops can be, 'bad-message' for a header
 * beyond every use: more than 10,000 fields, a field of 256 KiB, or no end within the head
 */
export function examine(head: Buffer, size: number, rules: Rules): Examined {
  const header = scanHeader(head)
  const endless = header.end === head.length && size > head.length
  if (header.limited || endless) throw new Refused('bad-message', 'its header is too large')
  // RFC 5321 §6.3: counting Received fields is how loops are found.
  let hops = 0
  for (const field of header.fields) if (field.name === 'received') hops++
  if (hops > rules.receivedHopsMax) throw new Refused('loop', `${hops} Received fields`)
  const { seen, added } = completed(digest(head, size, header), header, rules)
  return {
    added,
    facts: factsOf(seen, head, added, header),
    subject: seen.envelope.subject.slice(0, textMaxLength),
    messageId: seen.envelope.messageId.slice(0, textMaxLength),
  }
}

/** The digest as it is with the fields that were missing. */
function completed(seen: Digest, { fields }: HeaderSection, { missing }: Rules) {
  if (!missing) return { seen, added: '' }
  const envelope: { -readonly [key in keyof HeaderEnvelope]: HeaderEnvelope[key] } = {
    ...seen.envelope,
  }
  let added = ''
  if (!fields.some(({ name }) => name === 'date')) {
    envelope.date = missing.date
    envelope.dateText = formatDate(missing.date)
    added += `Date: ${envelope.dateText}\r\n`
  }
  if (!fields.some(({ name }) => name === 'message-id')) {
    envelope.messageId = missing.messageId
    added += `Message-ID: <${missing.messageId}>\r\n`
  }
  return { seen: { ...seen, envelope }, added }
}
