// CLOSE: RFC 9051 §6.4.1, which expunges in silence; UNSELECT: §6.4.2, which does not.
import { allUids } from '../../../mailbox/uid-set.ts'
import { ok } from '../replies.ts'
import { command } from '../session.ts'

export const close = command({
  name: 'CLOSE',
  when: ['selected'],
  run: async ({ user, view }, cursor, { ports }) => {
    cursor.end()
    const closed =
      view.readOnly || !view.rights.includes('e')
        ? undefined
        : await ports.messages.expunge(view, allUids, true)
    const modseq = closed?.changes.at(-1)?.modseq
    // RFC 7162 §3.2.8
    const code = modseq !== undefined && user.has('QRESYNC') ? `HIGHESTMODSEQ ${modseq}` : ''
    return { reply: ok('Closed', code), phase: { in: 'ready', user } }
  },
})

export const unselect = command({
  name: 'UNSELECT',
  when: ['selected'],
  run: ({ user }, cursor) => {
    cursor.end()
    return { reply: ok('Closed'), phase: { in: 'ready', user } }
  },
})
