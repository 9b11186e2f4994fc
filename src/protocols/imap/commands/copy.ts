// COPY, MOVE and their UID forms: RFC 9051 §6.4.7, §6.4.8; COPYUID: §7.1.
import type { Copied } from '../../../mailbox/copy-job.ts'
import { rangesOf, uidText } from '../../../mailbox/uid-set.ts'
import { formatReply, ok, replies } from '../replies.ts'
import { command } from '../session.ts'

export const copy = carrying('COPY', false)
export const uidCopy = carrying('UID COPY', false)
export const move = carrying('MOVE', true)
export const uidMove = carrying('UID MOVE', true)

function carrying(name: string, moves: boolean) {
  const byUid = name.startsWith('UID ')
  return command({
    name,
    when: ['selected'],
    keepsNumbers: !byUid && !moves,
    run: async ({ user, view }, cursor, { ports, connection }) => {
      cursor.space()
      const set = cursor.sequenceSet()
      cursor.space()
      const to = cursor.mailbox()
      cursor.end()
      const uids = view.resolve(set, byUid)
      if (moves && view.readOnly) return { reply: replies.readOnly }
      const target = await ports.mailboxes.named(user.account, to)
      if (!target) return { reply: replies.tryCreate }
      const { messages } = ports
      const copied = await (moves
        ? messages.move(view, uids, target.id)
        : messages.copy(view, uids, target.id))
      const done = moves ? 'Moved' : 'Copied'
      if (copied.from.length === 0) return { reply: ok(`${done}: nothing was there`) }
      const { first, from } = copied
      if (target.id === view.mailbox) view.own = [...view.own, [first, first + from.length - 1]]
      if (!moves) return { reply: ok(done, codeOf(copied)) }
      // RFC 6851 §4.3: before the messages are told to be gone.
      connection.say(formatReply(ok(done, codeOf(copied)), ''))
      const modseq = copied.changes.at(-1)?.modseq ?? view.modseq
      return { reply: ok(done, user.has('QRESYNC') ? `HIGHESTMODSEQ ${modseq}` : '') }
    },
  })
}

function codeOf({ uidValidity, from, first }: Copied): string {
  const last = first + from.length - 1
  return `COPYUID ${uidValidity} ${uidText(rangesOf(from))} ${uidText([[first, last]])}`
}
