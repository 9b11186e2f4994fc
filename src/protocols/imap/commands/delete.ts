// DELETE: RFC 9051 §6.3.5. What was in it can be restored for a time.
import { denied, may, type Reached, reach } from '../reach.ts'
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { View } from '../view.ts'

export const deleteMailbox = command({
  name: 'DELETE',
  when: loggedIn,
  run: async (phase, cursor, { ports, connection }) => {
    const { user } = phase
    cursor.space()
    const mailbox = cursor.mailbox()
    cursor.end()
    const box = await reach(ports.mailboxes, user, mailbox)
    if (!may(box, 'x')) return { reply: denied(box) }
    user.notices?.others.cause(box.name)
    await ports.mailboxes.delete(box.account, box.id)
    if (phase.in !== 'selected' || !shows(phase.view, box)) return { reply: ok('Deleted') }
    connection.say('* OK [CLOSED] The selected mailbox is gone\r\n')
    return { reply: ok('Deleted'), phase: { in: 'ready', user } }
  },
})

function shows(view: View, box: Reached): boolean {
  return view.account === box.account && view.mailbox === box.id
}
