// SUBSCRIBE and UNSUBSCRIBE: RFC 9051 §6.3.7, §6.3.8. There need not be such a mailbox.
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const subscribe = subscribing('SUBSCRIBE', true)
export const unsubscribe = subscribing('UNSUBSCRIBE', false)

function subscribing(name: string, subscribed: boolean) {
  return command({
    name,
    when: loggedIn,
    run: async ({ user }, cursor, { ports }) => {
      cursor.space()
      const mailbox = withoutSlash(cursor.mailbox())
      cursor.end()
      user.notices?.others.cause(mailbox)
      await ports.mailboxes.setSubscribed(user.account, mailbox, subscribed)
      return { reply: ok(subscribed ? 'Subscribed' : 'Not subscribed any more') }
    },
  })
}

/** RFC 9051 §6.3.4: a "/" at the end only announces what is to be below. */
export function withoutSlash(name: string): string {
  return name.length > 1 && name.endsWith('/') ? name.slice(0, -1) : name
}
