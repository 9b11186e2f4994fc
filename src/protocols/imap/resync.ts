// What a client that comes back does not know: RFC 7162 §3.2.5 QRESYNC.
import type { MailboxSince } from '../../mailbox/change-log.ts'
import { has, mergedRanges, type UidRange, uidText } from '../../mailbox/uid-set.ts'
import type { Connection } from '../../wire/connection.ts'
import { Syntax } from '../../wire/protocol.ts'
import { sayFlags } from './announce.ts'
import type { Cursor, SequenceSet } from './cursor.ts'
import { type Context, UidRequired } from './session.ts'
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
    if (cursor.skip(' ')) matchData(cursor, user)
  } else if (cursor.next === '(') matchData(cursor, user)
  cursor.expect(')')
  return { uidValidity, modseq, known }
}

/** RFC 7162 §3.2.5.2: it only helps servers that forget what is gone. */
function matchData(cursor: Cursor, user: User): void {
  if (user.has('UIDONLY')) throw new UidRequired()
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
  sayVanished(connection, view, { found: since, known })
  const rows = since.changed.filter(([uid]) => uid < view.uidNext && view.uids.numberOf(uid) > 0)
  const asked = known === undefined ? rows : rows.filter(([uid]) => has(known, uid))
  if (asked.length > 0) await sayFlags({ user, view }, asked, { ports, connection })
}

interface Vanished {
  readonly found: MailboxSince
  /** UIDs that the client asks about; undefined: all it may know. */
  readonly known: readonly UidRange[] | undefined
}

/** Says which UIDs are gone: VANISHED (EARLIER), RFC 7162 §3.2.10.1. */
export function sayVanished(connection: Connection, view: View, { found, known }: Vanished): void {
  const asked = new Uids()
  for (const [first, last] of known ?? [[1, view.uidNext - 1]])
    asked.addRange(first, Math.min(last, view.uidNext - 1))
  // Where the log does not reach back far enough, whatever is not there is gone.
  const gone = found.vanished ? asked.among(found.vanished) : asked.outside(view.uids.ranges())
  if (gone.length > 0) connection.say(`* VANISHED (EARLIER) ${uidText(gone)}\r\n`)
}

/** The UIDs of a set as they are asked for, whether there are such messages or not. */
export function uidsIn(set: SequenceSet, view: View): readonly UidRange[] {
  if (set === '$') return view.saved
  const star = Math.max(1, view.uids.last)
  const number = (said: number) => (said === Number.POSITIVE_INFINITY ? star : said)
  return mergedRanges(set.map(([a, b]) => [number(a), number(b)]))
}
