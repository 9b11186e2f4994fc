// DELETE: RFC 9051 §6.3.5. What was in it can be restored for a time.
import { ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const deleteMailbox = command({
  name: 'DELETE',
  when: loggedIn,
  run: async (phase, cursor, { ports, connection }) => {
    const { user } = phase
    cursor.space()
    const mailbox = cursor.mailbox()
    cursor.end()
    const box = await ports.mailboxes.named(user.account, mailbox)
    if (!box) return { reply: replies.noMailbox }
    user.notices?.others.cause(box.name)
    await ports.mailboxes.delete(user.account, box.id)
    if (phase.in !== 'selected' || phase.view.mailbox !== box.id) return { reply: ok('Deleted') }
    connection.say('* OK [CLOSED] The selected mailbox is gone\r\n')
    return { reply: ok('Deleted'), phase: { in: 'ready', user } }
  },
})
