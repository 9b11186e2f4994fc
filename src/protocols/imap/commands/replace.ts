// REPLACE and UID REPLACE: RFC 8508 §3.3, §3.4. The new message is there and the old one gone at
// once, or nothing has changed.
import { Refused } from '../../../base/refused.ts'
import { BadUrl } from '../catenated.ts'
import { denied, hasAll, may, reach } from '../reach.ts'
import { formatReply, ok, replies } from '../replies.ts'
import { command } from '../session.ts'
import { badUrl, Letters } from './append.ts'

export const replace = replacing('REPLACE')
export const uidReplace = replacing('UID REPLACE')

function replacing(name: string) {
  const byUid = name.startsWith('UID ')
  return command({
    name,
    when: ['selected'],
    run: async ({ user, view }, cursor, context) => {
      cursor.space()
      const number = cursor.nzNumber('a message')
      cursor.space()
      const to = cursor.mailbox()
      const [range] = view.resolve([[number, number]], byUid)
      if (view.readOnly) return { reply: replies.readOnly }
      if (!range) return { reply: replies.noMessage }
      const { mailboxes, messages } = context.ports
      // RFC 8508 §3.2: as APPEND, STORE and EXPUNGE.
      if (!hasAll(view.rights, 'te')) return { reply: replies.noPermission }
      const target = await reach(mailboxes, user, to)
      if (!may(target, 'i')) return { reply: denied(target, replies.tryCreate) }
      // Two accounts are never changed as one here.
      if (target.account !== view.account) return { reply: replies.noPermission }
      const letters = new Letters(context, cursor, { user, view, rights: target.rights })
      try {
        await letters.read(context.heard)
      } catch (error) {
        if (error instanceof BadUrl) return { reply: badUrl(error) }
        throw error
      }
      const [entry, ...more] = letters.entries
      if (!entry || more.length > 0) throw new Refused('bad-value', 'one message replaces one')
      const done = await messages.replace(view, range[0], target.id, entry)
      if (done && target.id === view.mailbox) view.own = [[done.uid, done.uid]]
      const code = `APPENDUID ${done?.uidValidity} ${done?.uid}`
      context.connection.say(formatReply(ok('The new one is there', code), ''))
      return { reply: ok('Replaced') }
    },
  })
}
