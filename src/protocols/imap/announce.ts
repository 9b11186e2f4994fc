// Tells a client what became of its mailbox: what is gone, what is new, whose flags are others.
// What changed is asked of the change log, so it does not matter how one came to ask.
import type { FlagRow } from '../../mailbox/change-log.ts'
import { rightFor } from '../../mailbox/flags.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'
import type { UidRange } from '../../mailbox/uid-set.ts'
import { has, rangesOf, uidText } from '../../mailbox/uid-set.ts'
import type { Connection } from '../../wire/connection.ts'
import { sayNew } from './notify/new-messages.ts'
import type { SelectedWish } from './notify/wishes.ts'
import type { Recents } from './recents.ts'
import type { SearchSources } from './search/found-by.ts'
import { goneFrom, searchUpdates } from './search/search-updates.ts'
import type { User } from './user.ts'
import type { View } from './view.ts'

export interface Announcing {
  readonly ports: SearchSources & {
    readonly mailboxes: Mailboxes
    readonly recents: TakenRecents
  }
  readonly connection: Connection
  /** Whether sequence numbers may change now: RFC 9051 §7.5.1. */
  readonly expunges: boolean
}

type TakenRecents = Pick<Recents, 'first' | 'take'>

type Saying = { readonly ports: Pick<Announcing['ports'], 'messages'> } & Pick<
  Announcing,
  'connection'
>

interface Selected {
  readonly user: User
  readonly view: View
}

/** RFC 5465 §3.1: what is told until the first NOTIFY. */
const usual: SelectedWish = { immediate: false, flags: true, items: [] }

/** Says what changed since the client was last told; false where the mailbox is gone for it. */
export async function announce(
  { user, view }: Selected,
  { ports, connection, expunges }: Announcing,
): Promise<boolean> {
  const wish = user.notices ? user.notices.selected : usual
  // RFC 5465 §5: who wants no events has the mailbox as it was.
  if (!wish) return true
  const { messages } = ports
  if (!(await stillShared({ user, view }, ports.mailboxes))) return false
  const since = await messages.since(view, view.modseq)
  if (!since) return false
  const { changed, vanished } = since
  if (since.modseq > view.modseq) view.lose(vanished ?? (await missing(view, messages)))
  connection.say(goneFrom({ user, view }, view.gone))
  if (expunges) sayGone(connection, user, view)
  const before = view.count
  const known: FlagRow[] = []
  const fresh: number[] = []
  for (const row of changed) {
    if (row[0] >= view.uidNext) {
      view.uids.add(row[0])
      if (!has(view.own, row[0])) fresh.push(row[0])
    } else if (view.uids.numberOf(row[0]) > 0) known.push(row)
  }
  view.modseq = Math.max(view.modseq, since.modseq)
  view.uidNext = Math.max(view.uidNext, since.uidNext, view.uids.last + 1)
  if (view.count !== before) {
    const { recentCount } = view
    if (!user.has('IMAP4rev2')) await takeRecent(view, ports.recents)
    connection.say(`* ${view.count} EXISTS\r\n`)
    if (view.recentCount > recentCount) connection.say(`* ${view.recentCount} RECENT\r\n`)
  }
  if (known.length > 0 && wish.flags) await sayFlags({ user, view }, known, { ports, connection })
  view.own = []
  const { lines, newlyFound } = await searchUpdates({ user, view }, ports)
  await sayNew({ view, user, uids: fresh, items: wish.items, newlyFound }, messages, connection)
  // RFC 5465 §7: after what is new and what is told of it.
  connection.say(lines)
  return true
}

/** RFC 4314 §5.1.1: rights as they are now; false when the mailbox may no longer be read. */
export async function stillShared(
  { user, view }: Selected,
  { sharing }: Mailboxes,
): Promise<boolean> {
  if (view.account === user.account) return true
  view.rights = await sharing.rightsOf(view, user.address)
  return view.rights.includes('r')
}

/** RFC 3501 §2.3.2: whoever may only look is told of what is recent, and leaves it so. */
export async function takeRecent(view: View, recents: TakenRecents): Promise<void> {
  const { uidNext } = view
  const from = view.readOnly ? await recents.first(view) : await recents.take(view, uidNext)
  view.recent.addRange(Math.max(from, view.recent.last + 1), uidNext - 1)
}

/** What the client knows and is not there: where the log cannot tell. */
async function missing(view: View, messages: Messages): Promise<UidRange[]> {
  const there: number[] = []
  for await (const rows of messages.flags(view)) for (const [uid] of rows) there.push(uid)
  return view.uids.outside(rangesOf(there))
}

/** EXPUNGE for each, or VANISHED for all (RFC 7162 §3.2.10), of what is gone and was not told. */
export function sayGone(connection: Connection, user: User, view: View): void {
  if (view.gone.length === 0) return
  // RFC 9586 §3: and so for those who have no sequence numbers.
  if (user.has('QRESYNC') || user.has('UIDONLY')) {
    connection.say(`* VANISHED ${uidText(view.forget())}\r\n`)
    return
  }
  const lines: string[] = []
  // From the last one on, so that none changes the number of the next.
  for (const [first, last] of view.gone.toReversed())
    for (let uid = last; uid >= first; uid--) lines.push(`* ${view.uids.numberOf(uid)} EXPUNGE\r\n`)
  connection.say(lines.join(''))
  view.forget()
}

/** FETCH responses with flags, and before them the names that are new to the client. */
export async function sayFlags(
  { user, view }: Selected,
  rows: readonly FlagRow[],
  { ports, connection }: Saying,
): Promise<void> {
  const withModseq = user.has('CONDSTORE')
  let { names } = view
  for (const [, flags, more] of rows) {
    if (names.cover(flags, more)) continue
    names = await view.namesFor(ports.messages, flags, more)
  }
  sayKeywords(connection, view)
  const lines: string[] = []
  for (const [uid, flags, more, modseq] of rows) {
    const own = view.recent.numberOf(uid) > 0 ? ['\\Recent'] : []
    const said = [...own, ...names.of(flags, more)].join(' ')
    const tail = withModseq ? ` MODSEQ (${modseq})` : ''
    lines.push(`${fetchHead(user, view, uid)}FLAGS (${said})${tail})\r\n`)
  }
  connection.say(lines.join(''))
  if (connection.full) await connection.flush()
}

/** How an answer about a message begins, its UID told: RFC 9051 §7.5.2, RFC 9586 §3. */
export function fetchHead(user: User, view: View, uid: number): string {
  if (user.has('UIDONLY')) return `* ${uid} UIDFETCH (`
  return `* ${view.uids.numberOf(uid)} FETCH (UID ${uid} `
}

/** RFC 9051 §7.3.5, §7.1 PERMANENTFLAGS: which flags there are, where the client knows fewer. */
export function sayKeywords(connection: Connection, view: View): void {
  const { keywords } = view.names
  if (view.keywords === keywords.length) return
  view.keywords = keywords.length
  connection.say(flagLines(view))
}

const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

/** RFC 4314 §5.1.1: what is kept is what the client has the right to change. */
export function flagLines({ names, readOnly, rights }: View): string {
  const flags = [...systemFlags, ...names.keywords]
  const kept = readOnly ? [] : flags.filter((flag) => rights.includes(rightFor(flag)))
  if (!readOnly && rights.includes('w')) kept.push('\\*')
  const said = `* FLAGS (${flags.join(' ')})\r\n`
  return `${said}* OK [PERMANENTFLAGS (${kept.join(' ')})] Flags that are kept\r\n`
}
