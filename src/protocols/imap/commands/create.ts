// CREATE: RFC 9051 §6.3.4; with what it is for, RFC 6154 §3.
import { Refused } from '../../../base/refused.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { roleOf } from '../names.ts'
import { no, ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
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
    user.notices?.others.cause(name)
    const there = await ports.mailboxes.named(user.account, name)
    if (there) throw new Refused('exists', name)
    // RFC 9051 §6.3.7: what is subscribed to is the client's to say.
    const made = ports.mailboxes.create(user.account, name, { role, subscribed: false })
    const id = await made.catch((error: unknown) => {
      if (role !== '' && error instanceof Refused && error.code === 'exists') return undefined
      throw error
    })
    return { reply: id === undefined ? badUse : ok('Created', `MAILBOXID (${id})`) }
  },
})

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
