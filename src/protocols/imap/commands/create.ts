// CREATE: RFC 9051 §6.3.4; with what it is for, RFC 6154 §3.
import { Refused } from '../../../base/refused.ts'
import type { Mailboxes } from '../../../mailbox/mailboxes.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { roleOf } from '../names.ts'
import { elsewhere, may, reachAbove } from '../reach.ts'
import { no, ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { User } from '../user.ts'
import { withoutSlash } from './subscribe.ts'

export const create = command({
  name: 'CREATE',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    cursor.space()
    const name = withoutSlash(cursor.mailbox())
    const uses = cursor.skip(' ') ? usesIn(cursor) : []
    cursor.end()
    const [use] = uses
    const role = use === undefined ? '' : roleOf(use)
    if (uses.length > 1 || role === undefined) return { reply: badUse }
    const place = await placeFor(name, user, ports.mailboxes)
    if (!place) return { reply: replies.noPermission }
    user.notices?.others.cause(name)
    const there = await ports.mailboxes.named(place.account, place.name)
    if (there) throw new Refused('exists', name)
    // A mailbox's use is its owner's to say.
    if (role !== '' && place.account !== user.account) return { reply: badUse }
    // RFC 9051 §6.3.7: what is subscribed to is the client's to say.
    const made = ports.mailboxes.create(place.account, place.name, { role, subscribed: false })
    const id = await made.catch((error: unknown) => {
      if (role !== '' && error instanceof Refused && error.code === 'exists') return undefined
      throw error
    })
    return { reply: id === undefined ? badUse : ok('Created', `MAILBOXID (${id})`) }
  },
})

interface NewPlace {
  readonly account: string
  readonly name: string
}

/** Whose a new mailbox is, and its name there; undefined where one may not: RFC 4314 §4. */
export async function placeFor(
  name: string,
  user: User,
  mailboxes: Mailboxes,
): Promise<NewPlace | undefined> {
  const shared = elsewhere(name)
  if (!shared) return { account: user.account, name }
  const above = await reachAbove(mailboxes, user, name)
  return may(above, 'k') ? { account: above.account, name: shared.name } : undefined
}

/** RFC 6154 §3: one that we do not know, or that another mailbox has. */
const badUse = no('USEATTR', 'A mailbox cannot be for that, or another one is')

function usesIn(cursor: Cursor): string[] {
  cursor.expect('(')
  if (cursor.word('USE') !== 'USE') throw new Syntax('Expected USE')
  cursor.space()
  const uses = cursor.listOrNone(() => cursor.flag())
  cursor.expect(')')
  return uses
}
