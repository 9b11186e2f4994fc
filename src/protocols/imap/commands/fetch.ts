// FETCH and UID FETCH: RFC 9051 §6.4.5, §6.4.9; CHANGEDSINCE and VANISHED: RFC 7162 §3.1.4.1,
// §3.2.6; PARTIAL: RFC 9394 §3.3. The answers are made in fetch/.
import { seen } from '../../../mailbox/flags.ts'
import { rangesOf, type UidRange } from '../../../mailbox/uid-set.ts'
import { Syntax } from '../../../wire/protocol.ts'
import { sayKeywords } from '../announce.ts'
import type { Cursor, SequenceSet } from '../cursor.ts'
import { fetchAnswers } from '../fetch/fetch.ts'
import { type FetchItem, marksSeen, readFetchItems } from '../fetch/fetch-items.ts'
import { CutShort, UnknownEncoding } from '../fetch/message-answers.ts'
import { needWithin, newest, told } from '../message-limit.ts'
import { no, ok } from '../replies.ts'
import { sayVanished, uidsIn } from '../resync.ts'
import { type PartialRange, positionsOf, readPartialRange } from '../search/partial-range.ts'
import { type Context, command, type Phase } from '../session.ts'
import { Uids } from '../uids.ts'
import type { User } from '../user.ts'
import type { View } from '../view.ts'

export const fetch = fetching('FETCH')
export const uidFetch = fetching('UID FETCH')

type Selected = Extract<Phase, { in: 'selected' }>

interface Since {
  readonly modseq: number
  /** What is gone is to be told, too. */
  readonly vanished: boolean
}

function fetching(name: string) {
  const byUid = name.startsWith('UID ')
  return command({
    name,
    when: ['selected'],
    keepsNumbers: !byUid,
    run: async (phase, cursor, context) => {
      cursor.space()
      const set = cursor.sequenceSet()
      cursor.space()
      const asked = readFetchItems(cursor)
      const { since, part } = modifiersIn(cursor, { byUid, user: phase.user })
      cursor.end()
      // RFC 9586 §3: UIDFETCH has the UID in front.
      const tellsUid = byUid && !phase.user.has('UIDONLY')
      const items = completed(asked, tellsUid, since !== undefined)
      if (since || items.some(isModseq)) phase.user.enable('CONDSTORE')
      let uids = phase.view.resolve(set, byUid)
      // RFC 9394 §3.4: first the part, and what changed of it then.
      const { messagesMax } = context.ports.options
      if (part) {
        uids = partOf(uids, part)
        if (messagesMax > 0) needWithin(uids, messagesMax)
      }
      if (since) uids = await changedOf(phase, { set, uids, since }, context)
      const limited = newest(uids, messagesMax)
      const { reply } = await fetched(phase, { uids: limited.uids, items }, context)
      return { reply: told(reply, limited, context.connection) }
    },
  })
}

function isFlags(item: FetchItem): boolean {
  return item.is === 'plain' && item.name === 'FLAGS'
}

function isModseq(item: FetchItem): boolean {
  return item.is === 'plain' && item.name === 'MODSEQ'
}

/** RFC 9051 §6.4.9: a UID is always told; RFC 7162 §3.1.4.1: and with CHANGEDSINCE the modseq. */
function completed(asked: readonly FetchItem[], tellsUid: boolean, since: boolean): FetchItem[] {
  const has = (name: string) => asked.some((item) => item.is === 'plain' && item.name === name)
  const items: FetchItem[] = [...asked]
  if (tellsUid && !has('UID')) items.unshift({ is: 'plain', name: 'UID' })
  if (since && !has('MODSEQ')) items.push({ is: 'plain', name: 'MODSEQ' })
  return items
}

interface Asking {
  readonly byUid: boolean
  readonly user: User
}

interface Modifiers {
  readonly since: Since | undefined
  readonly part: PartialRange | undefined
}

function modifiersIn(cursor: Cursor, { byUid, user }: Asking): Modifiers {
  let modseq: number | undefined
  let part: PartialRange | undefined
  let vanished = false
  if (cursor.skip(' '))
    cursor.list(() => {
      const word = cursor.word('a modifier')
      if (word === 'VANISHED') vanished = true
      else if (word === 'CHANGEDSINCE') {
        cursor.space()
        modseq = cursor.number64('a modseq')
      } else if (word === 'PARTIAL' && byUid) part = readPartialRange(cursor)
      else throw new Syntax('Unknown modifier')
    })
  if (vanished && (modseq === undefined || !byUid || !user.has('QRESYNC')))
    throw new Syntax('VANISHED needs UID, CHANGEDSINCE and QRESYNC')
  return { since: modseq === undefined ? undefined : { modseq, vanished }, part }
}

function partOf(uids: readonly UidRange[], part: PartialRange): readonly UidRange[] {
  const all = new Uids()
  for (const [first, last] of uids) all.addRange(first, last)
  const [from, to] = positionsOf(part, all.count)
  return from > to ? [] : all.atNumbers([[from, to]])
}

interface Changes {
  readonly set: SequenceSet
  readonly uids: readonly UidRange[]
  readonly since: Since
}

/** Those of the set that changed since; what of it is gone is told where that was asked. */
async function changedOf(
  { view }: Selected,
  { set, uids, since }: Changes,
  { ports, connection }: Context,
): Promise<readonly UidRange[]> {
  const found = await ports.messages.since(view, since.modseq)
  if (!found) return []
  if (since.vanished) sayVanished(connection, view, { found, known: uidsIn(set, view) })
  const changed = new Uids()
  for (const [uid] of found.changed) changed.add(uid)
  return changed.among(uids)
}

interface Fetching {
  readonly uids: readonly UidRange[]
  readonly items: readonly FetchItem[]
}

async function fetched({ user, view }: Selected, { uids, items }: Fetching, context: Context) {
  const { ports, connection } = context
  const { messages } = ports
  // RFC 4314 §4: without the right, reading leaves no trace.
  const marks = marksSeen(items) && !view.readOnly && view.rights.includes('s')
  const changed = marks ? await markedSeen(view, uids, context) : undefined
  const modseqs = user.has('CONDSTORE')
  if (changed || items.some(isFlags)) {
    view.names = await messages.flagNames(view.account)
    sayKeywords(connection, view)
  }
  const flagNames = (flags: number, more: number) => view.names.of(flags, more)
  const { recent } = view
  const uidOnly = user.has('UIDONLY')
  const asked = { place: view, uids, items, recent, modseqs, uidOnly }
  const fetching = { ...asked, ...(changed ? { changed } : {}) }
  try {
    for await (const chunk of fetchAnswers(fetching, { messages, numbers: view.uids, flagNames })) {
      connection.say(chunk)
      if (!connection.full) continue
      // Whoever does not read what was asked for is not waited for without end.
      connection.deadline(performance.now() + ports.options.idleTimeoutMs)
      await connection.flush()
    }
  } catch (error) {
    if (error instanceof CutShort) connection.destroy()
    if (!(error instanceof UnknownEncoding)) throw error
    return { reply: no('UNKNOWN-CTE', 'A part cannot be decoded') }
  }
  return { reply: ok('Fetched') }
}

/** Marks messages as seen; those that were not, whose flags are to be told. */
async function markedSeen(view: View, all: readonly UidRange[], { ports }: Context) {
  const unseen: number[] = []
  for await (const rows of ports.messages.fetch(view, all, ['uid', 'flags']))
    for (const [uid, flags] of rows) if ((Number(flags) & seen) === 0) unseen.push(Number(uid))
  if (unseen.length === 0) return undefined
  const { account, mailbox } = view
  const uids = rangesOf(unseen)
  const order = { account, mailbox, uids, mode: 'add', flags: ['\\Seen'] } as const
  const flagged = await ports.messages.setFlags(order)
  view.follow(flagged)
  return new Set(flagged.uids)
}
