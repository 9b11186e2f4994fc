// EXPUNGE: RFC 9051 §6.4.3; UID EXPUNGE: §6.4.9.
import { allUids } from '../../../mailbox/uid-set.ts'
import type { Cursor } from '../cursor.ts'
import { ok, replies } from '../replies.ts'
import { command } from '../session.ts'
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
    run: async ({ user, view }, cursor, { ports }) => {
      const uids = which(view, cursor)
      if (view.readOnly) return { reply: replies.readOnly }
      if (!view.rights.includes('e')) return { reply: replies.noPermission }
      const { changes } = await ports.messages.expunge(view, uids, true)
      const modseq = changes.at(-1)?.modseq
      // RFC 7162 §3.2.7
      const code = modseq !== undefined && user.has('QRESYNC') ? `HIGHESTMODSEQ ${modseq}` : ''
      return { reply: ok('Expunged', code) }
    },
  })
}
