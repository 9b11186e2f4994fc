// STATUS: RFC 9051 §6.3.11; SIZE: RFC 8438; HIGHESTMODSEQ: RFC 7162 §3.1.7; MAILBOXID: RFC 8474
// §4.3.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { quotedName } from '../names.ts'
import { denied, may, type Reached, reach } from '../reach.ts'
import { ok } from '../replies.ts'
import { command, type ImapPorts, loggedIn } from '../session.ts'
import type { User } from '../user.ts'

export interface Asker {
  readonly user: User
  readonly ports: ImapPorts
}

type Item = (box: Reached, asker: Asker) => string | number | Promise<number>

const items: Readonly<Record<string, Item>> = {
  MESSAGES: (box) => box.messages,
  RECENT: recentIn,
  UIDNEXT: (box) => box.uidNext,
  UIDVALIDITY: (box) => box.uidValidity,
  UNSEEN: (box) => box.unseen,
  DELETED: (box) => box.deleted,
  SIZE: (box) => box.bytes,
  HIGHESTMODSEQ: (box) => box.modseq,
  MAILBOXID: (box) => `(${box.id})`,
  APPENDLIMIT: (_, { ports }) => ports.options.sizeMaxBytes,
  // RFC 9208 §4.1.4: what an EXPUNGE would give back.
  'DELETED-STORAGE': (box, { ports }) =>
    box.deleted === 0 ? 0 : ports.mailboxes.deletedBytes(box.account, box.id),
}

/** RFC 3501 §6.3.10: what no session was told of. */
async function recentIn({ account, id, uidNext }: Reached, { ports }: Asker): Promise<number> {
  const place = { account, mailbox: id }
  const first = await ports.recents.first(place)
  let count = 0
  if (first >= uidNext) return count
  for await (const rows of ports.messages.fetch(place, [[first, uidNext - 1]], ['uid']))
    count += rows.length
  return count
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
    const box = await reach(ports.mailboxes, user, name)
    if (!may(box, 'r')) return { reply: denied(box) }
    connection.say(await statusLine(box, wanted, { user, ports }))
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

export async function statusLine(
  box: Reached,
  wanted: readonly string[],
  asker: Asker,
): Promise<string> {
  const said: string[] = []
  for (const item of wanted) said.push(`${item} ${await items[item]?.(box, asker)}`)
  return `* STATUS ${quotedName(box.name, asker.user.utf8)} (${said.join(' ')})\r\n`
}
