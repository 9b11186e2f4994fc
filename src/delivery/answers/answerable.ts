// Who may be answered by a machine: RFC 5230 §4.5 and §4.6, RFC 3834 §2. Pure.
import { type Address, foldAscii, sameAddress, splitDetail } from '../../message/address.ts'
import type { LetterView } from '../../sieve/letter-view.ts'

export interface Question {
  readonly letter: LetterView
  /** null is the null reverse path. */
  readonly sender: Address | null
  /** Every address that the account has, as far as is known here. */
  readonly own: readonly Address[]
}

/** Names that no person reads the mail of. */
const machines =
  /^(?:mailer-daemon|listserv|majordomo|postmaster|root|noreply|no-reply|no_reply|donotreply|do-not-reply|nobody|bounces?|double-bounce|owner-.*|.*-(?:owner|request|bounces?|relay)|srs[01][=+-].*|bounces?[+=-].*|prvs=.*|msprvs1=.*)$/i

/** Why nobody is answered, in words; undefined where somebody is. */
export function unanswerable({ letter, sender, own }: Question): string | undefined {
  if (sender === null) return 'it has no sender'
  if (machines.test(sender.local)) return 'its sender is no person'
  if (own.some((each) => sameMailbox(each, sender))) return 'it is from oneself'
  return automatic(letter) ?? (namedIn(letter, own) ? undefined : 'it does not name the recipient')
}

/** What a machine sent, or a list, in words; undefined for what a person did. */
export function automatic(letter: LetterView): string | undefined {
  const said = letter.fields('auto-submitted')[0]
  if (said !== undefined && !/^\s*no\b/i.test(said)) return 'a machine sent it'
  if (listFields.some((name) => letter.fields(name).length > 0)) return 'it is of a mailing list'
  if (letter.fields('precedence').some((value) => /^\s*(?:bulk|junk|list)\b/i.test(value)))
    return 'it is bulk mail'
  const suppressed = letter.fields('x-auto-response-suppress').join(',')
  if (/\b(?:all|oof|autoreply)\b/i.test(suppressed)) return 'it asks for no answer'
  return undefined
}

const listFields = [
  ...['list-id', 'list-help', 'list-post', 'list-unsubscribe', 'list-subscribe', 'list-owner'],
  ...['list-archive', 'feedback-id'],
]

const recipientFields = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc']

/** The one of them that the message was sent to. */
export function namedIn<A extends Address>(letter: LetterView, own: readonly A[]): A | undefined {
  const named = recipientFields.flatMap((name) => letter.addresses(name).flat())
  return own.find((one) => named.some((to) => sameMailbox(one, to)))
}

/** RFC 5233: what is behind "+" does not make it another's. */
function sameMailbox(one: Address, other: Address): boolean {
  const plain = ({ local, domain }: Address) => ({
    local: splitDetail(local, '+').user,
    domain: foldAscii(domain),
  })
  return sameAddress(plain(one), plain(other))
}
