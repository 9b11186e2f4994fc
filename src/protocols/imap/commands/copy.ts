// COPY, MOVE and their UID forms: RFC 9051 §6.4.7, §6.4.8; COPYUID: §7.1.
import type { Copied } from '../../../mailbox/copy-job.ts'
import type { Messages } from '../../../mailbox/messages.ts'
import { rangesOf, type UidRange, uidText } from '../../../mailbox/uid-set.ts'
import { needWithin, newest, saveLimit, told } from '../message-limit.ts'
import { denied, hasAll, may, type Reached, reach } from '../reach.ts'
import { formatReply, ok, replies } from '../replies.ts'
import { command } from '../session.ts'
import type { View } from '../view.ts'

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
      const limited = newest(view.resolve(set, byUid), moves ? ports.options.messagesMax : 0)
      const { uids } = limited
      if (moves && view.readOnly) return { reply: replies.readOnly }
      // RFC 6851 §4.4: what is moved is taken out.
      if (moves && !hasAll(view.rights, 'te')) return { reply: replies.noPermission }
      const target = await reach(ports.mailboxes, user, to)
      if (!may(target, 'i')) return { reply: denied(target, replies.tryCreate) }
      if (!moves) needWithin(uids, saveLimit(ports.options))
      const copied = await carried(view, { uids, target, moves }, ports.messages)
      const done = moves ? 'Moved' : 'Copied'
      if (copied.from.length === 0) return { reply: ok(`${done}: nothing was there`) }
      const { first, from } = copied
      if (target.account === view.account && target.id === view.mailbox)
        view.own = [...view.own, [first, first + from.length - 1]]
      if (!moves) return { reply: ok(done, codeOf(copied)) }
      // RFC 6851 §4.3: before the messages are told to be gone.
      connection.say(formatReply(ok(done, codeOf(copied)), ''))
      const modseq = copied.changes.at(-1)?.modseq ?? view.modseq
      const reply = ok(done, user.has('QRESYNC') ? `HIGHESTMODSEQ ${modseq}` : '')
      return { reply: told(reply, limited, connection) }
    },
  })
}

interface Load {
  readonly uids: readonly UidRange[]
  readonly target: Reached
  readonly moves: boolean
}

function carried(view: View, { uids, target, moves }: Load, messages: Messages): Promise<Copied> {
  const { account, id: mailbox, rights } = target
  // RFC 4314 §4: not every flag may come along.
  if (view.account !== account || !hasAll(rights, 'swt')) {
    const from = { account: view.account, mailbox: view.mailbox }
    return messages.carryAcross({ from, uids, to: { account, mailbox }, rights, move: moves })
  }
  return moves ? messages.move(view, uids, mailbox) : messages.copy(view, uids, mailbox)
}

function codeOf({ uidValidity, from, first }: Copied): string {
  const last = first + from.length - 1
  return `COPYUID ${uidValidity} ${uidText(rangesOf(from))} ${uidText([[first, last]])}`
}
