// Looks at a message once: what is refused for its form, and what is kept of its content.
import { Refused } from '../base/refused.ts'
import { type Facts, factsOf } from '../mailbox/facts.ts'
import { digest } from '../message/digest.ts'
import { scanHeader } from '../message/header-fields.ts'

export interface Examined {
  readonly facts: Facts
  /** Decoded, at most 1,000 characters. */
  readonly subject: string
  /** Without angle brackets, at most 1,000 characters. */
  readonly messageId: string
}

const textMaxLength = 1_000

/**
 * `head` is the beginning of a message of `size` bytes, or all of it.
 * @throws Refused 'loop' for more Received fields than hops can be, 'bad-message' for a header
 * beyond every use: more than 10,000 fields, a field of 256 KiB, or no end within the head
 */
export function examine(head: Buffer, size: number, receivedHopsMax: number): Examined {
  const header = scanHeader(head)
  const endless = header.end === head.length && size > head.length
  if (header.limited || endless) throw new Refused('bad-message', 'its header is too large')
  // RFC 5321 §6.3: counting Received fields is how loops are found.
  let hops = 0
  for (const field of header.fields) if (field.name === 'received') hops++
  if (hops > receivedHopsMax) throw new Refused('loop', `${hops} Received fields`)
  const seen = digest(head, size)
  return {
    facts: factsOf(seen),
    subject: seen.envelope.subject.slice(0, textMaxLength),
    messageId: seen.envelope.messageId.slice(0, textMaxLength),
  }
}
