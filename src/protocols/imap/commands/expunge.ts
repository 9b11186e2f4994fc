// EXPUNGE: RFC 9051 §6.4.3; UID EXPUNGE: §6.4.9.
import { deleted } from '../../../mailbox/flags.ts'
import { allUids, countOf, rangesOf, type UidRange } from '../../../mailbox/uid-set.ts'
import type { Cursor } from '../cursor.ts'
import { type Limited, newest, told } from '../message-limit.ts'
import { ok, replies } from '../replies.ts'
import { command, type ImapPorts } from '../session.ts'
import type { View } from '../view.ts'

export const expunge = expunging('EXPUNGE', (_, cursor) => {
  cursor.end()
  return allUids
})

export const uidExpunge = expunging('UID EXPUNGE', (view, cursor) => {
  cursor.space()
  const set = cursor.sequenceSet()
  cursor.end()
  return view.resolve(set, true)
})

function expunging(name: string, which: (view: View, cursor: Cursor) => typeof allUids) {
  return command({
    name,
    when: ['selected'],
    run: async ({ user, view }, cursor, { ports, connection }) => {
      const asked = which(view, cursor)
      if (view.readOnly) return { reply: replies.readOnly }
      if (!view.rights.includes('e')) return { reply: replies.noPermission }
      const limited = await withinLimit(view, asked, ports)
      const { changes } = await ports.messages.expunge(view, limited.uids, true)
      const modseq = changes.at(-1)?.modseq
      // RFC 7162 §3.2.7
      const code = modseq !== undefined && user.has('QRESYNC') ? `HIGHESTMODSEQ ${modseq}` : ''
      return { reply: told(ok('Expunged', code), limited, connection) }
    },
  })
}

/** RFC 9738 §3.1: those count that are marked as deleted; EXPUNGE of all is not limited. */
async function withinLimit(
  view: View,
  uids: readonly UidRange[],
  { messages, options: { messagesMax: max } }: ImapPorts,
): Promise<Limited> {
  const all = { uids, max, lowest: undefined }
  if (uids === allUids || max === 0 || countOf(uids) <= max) return all
  const marked: number[] = []
  for await (const rows of messages.fetch(view, uids, ['uid', 'flags']))
    for (const [uid, flags] of rows) if (Number(flags) & deleted) marked.push(Number(uid))
  const limited = newest(rangesOf(marked), max)
  return limited.lowest === undefined ? all : limited
}
