// RENAME: RFC 9051 §6.3.6. Renaming INBOX moves what is in it.
import { ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import { withoutSlash } from './subscribe.ts'

export const rename = command({
  name: 'RENAME',
  when: loggedIn,
  run: async ({ user }, cursor, { ports }) => {
    cursor.space()
    const from = cursor.mailbox()
    cursor.space()
    const to = withoutSlash(cursor.mailbox())
    cursor.end()
    const box = await ports.mailboxes.named(user.account, from)
    if (!box) return { reply: replies.noMailbox }
    user.notices?.others.cause(to)
    await ports.mailboxes.rename(user.account, box.id, to)
    return { reply: ok('Renamed') }
  },
})
