// What a client that comes back does not know: RFC 7162 §3.2.5 QRESYNC.
import type { FlagRow } from '../../mailbox/change-log.ts'
import { mergedRanges, type UidRange, uidText } from '../../mailbox/uid-set.ts'
import { Syntax } from '../../wire/protocol.ts'
import { sayFlags } from './announce.ts'
import type { Cursor, SequenceSet } from './cursor.ts'
import type { Context } from './session.ts'
import { Uids } from './uids.ts'
import type { User } from './user.ts'
import type { View } from './view.ts'

export interface Resync {
  readonly uidValidity: number
  readonly modseq: number
  /** UIDs that the client knows; undefined: all it may. */
  readonly known: readonly UidRange[] | undefined
}

/** What follows QRESYNC among the parameters of SELECT. */
export function resyncParameters(cursor: Cursor, user: User): Resync {
  if (!user.has('QRESYNC')) throw new Syntax('ENABLE QRESYNC first')
  cursor.space()
  cursor.expect('(')
  const uidValidity = cursor.nzNumber('a UIDVALIDITY')
  cursor.space()
  const modseq = cursor.number64('a modseq')
  let known: readonly UidRange[] | undefined
  if (cursor.skip(' ') && cursor.next !== '(') {
    known = plain(cursor.sequenceSet())
    if (cursor.skip(' ')) matchData(cursor)
  } else if (cursor.next === '(') matchData(cursor)
  cursor.expect(')')
  return { uidValidity, modseq, known }
}

/** RFC 7162 §3.2.5.2: it only helps servers that forget what is gone. */
function matchData(cursor: Cursor): void {
  cursor.expect('(')
  plain(cursor.sequenceSet())
  cursor.space()
  plain(cursor.sequenceSet())
  cursor.expect(')')
}

function plain(set: SequenceSet): readonly UidRange[] {
  if (set === '$') throw new Syntax('Expected a set of UIDs')
  return mergedRanges(set.map(([a, b]) => [Math.min(a, 2 ** 32), Math.min(b, 2 ** 32)]))
}

/** Says what is gone, VANISHED (EARLIER), and whose flags are others since the client was here. */
export async function resync(
  user: User,
  view: View,
  { modseq, known }: Resync,
  context: Context,
): Promise<void> {
  const { ports, connection } = context
  const since = await ports.messages.since(view, modseq)
  if (!since) return
  const gone = since.vanished ?? absent(view, known)
  const told = known === undefined ? gone : common(gone, known)
  if (told.length > 0) connection.say(`* VANISHED (EARLIER) ${uidText(told)}\r\n`)
  const rows = since.changed.filter(([uid]) => uid < view.uidNext && view.uids.numberOf(uid) > 0)
  const asked = known === undefined ? rows : rows.filter(([uid]) => has(known, uid))
  if (asked.length > 0)
    await sayFlags({ user, view }, asked as readonly FlagRow[], { ports, connection })
}

/** Every UID there may have been and is not, where the log does not reach back far enough. */
function absent(view: View, known: readonly UidRange[] | undefined): readonly UidRange[] {
  const all = new Uids()
  for (const [first, last] of known ?? [[1, view.uidNext - 1]])
    all.addRange(first, Math.min(last, view.uidNext - 1))
  return all.outside(view.uids.ranges())
}

function common(a: readonly UidRange[], b: readonly UidRange[]): UidRange[] {
  const all = new Uids()
  for (const [first, last] of a) all.addRange(first, last)
  return all.among(b)
}

function has(set: readonly UidRange[], uid: number): boolean {
  return set.some(([first, last]) => first <= uid && uid <= last)
}
