// The port between the gateway's front and what becomes of a message: delivery here, or a relay to
// a next hop. Also the one way in which either makes a submission into mail.
import type { Client } from '../../delivery/types.ts'
import { type Address, formatAddress } from '../../message/address.ts'
import { compose } from '../../message/compose.ts'
import type { Submission } from './grammar.ts'
import type { Answer } from './replies.ts'

/** A submission by somebody who may make it. */
export interface Message {
  readonly id: string
  /** Without angle brackets; the same whenever a client repeats a message under the same id. */
  readonly messageId: string
  /** The client named the message, so that it may have come before. */
  readonly named: boolean
  readonly submission: Submission
  readonly client: Client
  /** performance.now() when its first byte had come. */
  readonly began: number
  /** performance.now() when its last byte had come. */
  readonly arrived: number
}

export interface Outlet {
  /** Resolves once the message is safe or refused. May reject: then nothing was sent. */
  send(message: Message): Promise<Answer>
}

/**
 * The message's bytes in wire form, addressed to `to`, each of whom has a domain.
 * @throws Refused 'bad-message' or 'bad-address' where a field cannot be written.
 */
export function bytesOf(message: Message, to: readonly Address[], now: number): Buffer {
  const { sender, subject, body, html, replyTo, tags, priority } = message.submission
  const extra: [string, string][] = []
  // RFC 5322 §3.6.5, and RFC 4021 §2.1.54 for Importance.
  if (tags.length > 0) extra.push(['Keywords', tags.join(', ')])
  if (priority !== '') extra.push(['Importance', priority])
  return compose({
    from: sender,
    to,
    ...(replyTo ? { replyTo: [replyTo] } : {}),
    subject,
    text: body,
    ...(html === '' ? {} : { html }),
    date: now,
    messageId: message.messageId,
    extra,
  })
}

/** RFC 6531 §3.4: whether an envelope has to be sent with SMTPUTF8. */
export function needsUtf8(addresses: readonly Address[]): boolean {
  return addresses.some((address) => /[^\x00-\x7f]/.test(formatAddress(address)))
}

/** Milliseconds from the message's beginning to `at`, one decimal. */
export function msAt(message: Message, at = performance.now()): number {
  return Math.round((at - message.began) * 10) / 10
}
