// RENAME: RFC 9051 §6.3.6. Renaming INBOX moves what is in it.
import { denied, may, reach } from '../reach.ts'
import { ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import { placeFor } from './create.ts'
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
    const box = await reach(ports.mailboxes, user, from)
    if (!may(box, 'x')) return { reply: denied(box) }
    // RFC 4314 §4: "k" above where it goes. It stays its owner's, and so does an INBOX's mail.
    const place = await placeFor(to, user, ports.mailboxes)
    const stays = box.account === place?.account
    if (!stays || (box.account !== user.account && box.ownName === 'INBOX'))
      return { reply: replies.noPermission }
    user.notices?.others.cause(to)
    await ports.mailboxes.rename(box.account, box.id, place.name)
    return { reply: ok('Renamed') }
  },
})
