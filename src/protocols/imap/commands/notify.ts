// NOTIFY: RFC 5465 §3.1. From then on changes are told as they happen, between commands as well.
import { announce } from '../announce.ts'
import type { Cursor } from '../cursor.ts'
import { OtherMailboxes } from '../notify/other-mailboxes.ts'
import { eventNames, readWishes, TooMuch, UnknownEvent, type Wishes } from '../notify/wishes.ts'
import { type ImapReply, no, ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

const badEvent = no(`BADEVENT (${eventNames.join(' ')})`, 'There is no such event')
const overflow = no('NOTIFICATIONOVERFLOW', 'That is too much to be told without being asked')

export const notify = command({
  name: 'NOTIFY',
  when: loggedIn,
  run: async (phase, cursor, { ports, connection }) => {
    const { user } = phase
    cursor.space()
    if (cursor.skip('NONE')) {
      cursor.end()
      user.notices = { selected: undefined, others: new OtherMailboxes(user, ports, []) }
      return { reply: ok('Nothing is told') }
    }
    cursor.expect('SET')
    const status = cursor.skip(' STATUS')
    cursor.space()
    const wishes = readWished(cursor)
    if ('is' in wishes) return { reply: wishes }
    // RFC 5465 §3.1: what has piled up is told first.
    user.notices = undefined
    if (phase.in === 'selected') {
      const there = await announce(phase, { ports, connection, expunges: true })
      if (!there) return { reply: replies.mailboxGone, next: 'close' }
    }
    const others = new OtherMailboxes(user, ports, wishes.groups)
    user.notices = { selected: wishes.selected, others }
    const own = phase.in === 'selected' && phase.view.account === phase.user.account
    const selected = own ? phase.view.mailbox : ''
    connection.say(await others.begin(selected, status))
    return { reply: ok('Told from now on') }
  },
})

function readWished(cursor: Cursor): Wishes | ImapReply {
  try {
    const wishes = readWishes(cursor)
    cursor.end()
    return wishes
  } catch (error) {
    if (error instanceof UnknownEvent) return badEvent
    if (error instanceof TooMuch) return overflow
    throw error
  }
}
