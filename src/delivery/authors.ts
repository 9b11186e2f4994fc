// Whom a message says it is from, and whether that is the one who hands it in: RFC 6409 §6.1. Knows
// no protocol.
import { Refused } from '../base/refused.ts'
import { formatAddress } from '../message/address.ts'
import { type Mailbox, mailboxesOf, parseAddressList } from '../message/address-list.ts'
import { rawValue, scanHeader } from '../message/header-fields.ts'

/** More authors than a letter has. */
const authorsMax = 100

/**
 * Every mailbox in the From and Sender fields of a message, repeated fields and all.
 * @throws Refused 'sender-denied' for a field that names nobody, or a crowd
 */
export function authorsOf(head: Buffer): readonly Mailbox[] {
  const fields = scanHeader(head).fields.filter(({ name }) => name === 'from' || name === 'sender')
  return fields.flatMap((field) => {
    const authors = mailboxesOf(parseAddressList(rawValue(head, field)))
    if (authors.length > 0 && authors.length <= authorsMax) return authors
    throw new Refused('sender-denied', `${authors.length} authors in one field`)
  })
}

/** @throws Refused 'sender-denied' when one of the authors is not the sender's own address */
export async function checkAuthors(
  head: Buffer,
  owns: (address: Mailbox) => Promise<boolean>,
): Promise<void> {
  for (const author of authorsOf(head))
    if (!(await owns(author)))
      throw new Refused('sender-denied', `written as ${formatAddress(author).slice(0, 320)}`)
}
