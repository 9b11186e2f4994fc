// STATUS: RFC 9051 §6.3.11; SIZE: RFC 8438; HIGHESTMODSEQ: RFC 7162 §3.1.7; MAILBOXID: RFC 8474
// §4.3.
import type { Mailbox } from '../../../mailbox/mailboxes.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { quotedName } from '../names.ts'
import { ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

const items: Readonly<Record<string, (box: Mailbox) => string | number>> = {
  MESSAGES: (box) => box.messages,
  RECENT: () => 0,
  UIDNEXT: (box) => box.uidNext,
  UIDVALIDITY: (box) => box.uidValidity,
  UNSEEN: (box) => box.unseen,
  DELETED: (box) => box.deleted,
  SIZE: (box) => box.bytes,
  HIGHESTMODSEQ: (box) => box.modseq,
  MAILBOXID: (box) => `(${box.id})`,
}

export const status = command({
  name: 'STATUS',
  when: loggedIn,
  run: async ({ user }, cursor, { ports, connection }) => {
    cursor.space()
    const name = cursor.mailbox()
    cursor.space()
    const wanted = statusItems(cursor, user)
    cursor.end()
    const box = await ports.mailboxes.named(user.account, name)
    if (!box) return { reply: replies.noMailbox }
    connection.say(statusLine(box, wanted, user.utf8))
    return { reply: ok('Status told') }
  },
})

/** Asking for HIGHESTMODSEQ enables CONDSTORE, RFC 7162 §3.1. */
export function statusItems(cursor: Cursor, user: User): readonly string[] {
  const wanted = cursor.list(() => cursor.word('an item of STATUS'))
  for (const item of wanted) if (!(item in items)) throw new Syntax('Unknown item of STATUS')
  if (wanted.includes('HIGHESTMODSEQ')) user.enable('CONDSTORE')
  return wanted
}

export function statusLine(box: Mailbox, wanted: readonly string[], utf8: boolean): string {
  const said = wanted.map((item) => `${item} ${items[item]?.(box) ?? 0}`)
  return `* STATUS ${quotedName(box.name, utf8)} (${said.join(' ')})\r\n`
}
