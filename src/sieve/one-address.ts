// An address as scripts write one, with a name before it or without: RFC 5228 §2.4.2.3. Knows no
// command.
import { type Address, parseAddress } from '../message/address.ts'
import { type Mailbox, mailboxesOf, parseAddressList } from '../message/address-list.ts'

/** Each address of a list; undefined where any is none. */
export function addressesIn(text: string): readonly Mailbox[] | undefined {
  const found = mailboxesOf(parseAddressList(Buffer.from(text).toString('latin1')))
  return found.every((one) => plainAddress(one) !== undefined) ? found : undefined
}

/** The only address of a text; undefined where there is none, or another beside it. */
export function oneAddress(text: string): Address | undefined {
  const [first, ...others] = addressesIn(text) ?? []
  return first && others.length === 0 ? plainAddress(first) : undefined
}

function plainAddress({ local, domain }: Address): Address | undefined {
  if (domain === '') return undefined
  const quoted = /^[^\s"(),:;<>@[\\\]]+$/.test(local)
    ? local
    : `"${local.replace(/["\\]/g, '\\$&')}"`
  return parseAddress(`${quoted}@${domain}`, { smtpUtf8: true })
}
