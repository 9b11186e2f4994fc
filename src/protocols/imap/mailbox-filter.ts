// Which mailboxes a command is about, where it is about many: RFC 5465 §6, RFC 7377 §2.2.
import type { Cursor } from './cursor.ts'

/** A mailbox as it is chosen by. */
export interface Chosen {
  readonly name: string
  readonly subscribed: boolean
}

export type MailboxFilter = (box: Chosen) => boolean

/** What a word and the names after it choose; undefined for another word. @throws Syntax */
export function readMailboxFilter(word: string, cursor: Cursor): MailboxFilter | undefined {
  switch (word) {
    // RFC 5465 §6.3: which mailboxes mail may be delivered to is for each account's rules to say.
    case 'INBOXES':
    case 'PERSONAL':
      return () => true
    case 'SUBSCRIBED':
      return ({ subscribed }) => subscribed
    case 'SUBTREE': {
      const names = [...readNames(cursor)]
      return ({ name }) => names.some((top) => name === top || name.startsWith(`${top}/`))
    }
    case 'MAILBOXES': {
      const names = readNames(cursor)
      return ({ name }) => names.has(name)
    }
  }
  return undefined
}

/** A mailbox or a list of some, after a space. @throws Syntax */
export function readNames(cursor: Cursor): ReadonlySet<string> {
  cursor.space()
  const many = cursor.next === '('
  return new Set(many ? cursor.list(() => cursor.mailbox()) : [cursor.mailbox()])
}
