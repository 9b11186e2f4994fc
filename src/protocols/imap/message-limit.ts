// How many messages one command may handle: RFC 9738 MESSAGELIMIT, or SAVELIMIT where only what is
// put into mailboxes is limited. Of more than that the newest are handled, and the client is told
// how far that went; COPY, APPEND, SORT and THREAD are not done in part.
import { countOf, type UidRange } from '../../mailbox/uid-set.ts'
import type { Connection } from '../../wire/connection.ts'
import { formatReply, type ImapReply, no } from './replies.ts'
import type { SearchKey } from './search/search-keys.ts'
import { Uids } from './uids.ts'
import type { View } from './view.ts'

export interface MessageLimits {
  /** Of each command that takes a set of messages; 0 for no limit. */
  readonly messagesMax: number
  /** Of COPY and APPEND, where there is no other limit; 0 for none. */
  readonly savesMax: number
}

/** RFC 9738 §3: one or the other is announced. */
export function limitWords({ messagesMax, savesMax }: MessageLimits): string[] {
  if (messagesMax > 0) return [`MESSAGELIMIT=${messagesMax}`]
  return savesMax > 0 ? [`SAVELIMIT=${savesMax}`] : []
}

/** Infinity for none. */
export function saveLimit({ messagesMax, savesMax }: MessageLimits): number {
  return messagesMax || savesMax || Number.POSITIVE_INFINITY
}

/** A command has more messages than it may, and nothing of it is done. */
export class BeyondLimit extends Error {
  readonly reply: ImapReply

  /** `lowest` is the UID of the oldest that would have been within it. */
  constructor(max: number, lowest?: number) {
    super(`more than ${max} messages`)
    const uid = lowest === undefined ? '' : ` ${lowest}`
    this.reply = no(`MESSAGELIMIT ${max}${uid}`, 'Too many messages at once')
  }
}

export interface Limited {
  readonly uids: readonly UidRange[]
  readonly max: number
  /** The UID of the oldest that is handled, where older ones are left out. */
  readonly lowest: number | undefined
}

/** The newest messages of a set, as many as are allowed; 0 for all. */
export function newest(uids: readonly UidRange[], max: number): Limited {
  const over = max > 0 ? countOf(uids) - max : 0
  if (over <= 0) return { uids, max, lowest: undefined }
  const all = new Uids()
  for (const [first, last] of uids) all.addRange(first, last)
  const kept = all.atNumbers([[over + 1, all.count]])
  return { uids: kept, max, lowest: kept[0]?.[0] }
}

/** Throws where there are more. @throws BeyondLimit */
export function needWithin(uids: readonly UidRange[], max: number): void {
  if (!Number.isFinite(max)) return
  const { lowest } = newest(uids, max)
  if (lowest !== undefined) throw new BeyondLimit(max, lowest)
}

/** RFC 9738 §3.1: says which part was handled, beside whatever code is there. */
export function told(
  reply: ImapReply,
  { max, lowest }: Omit<Limited, 'uids'>,
  connection: Connection,
): ImapReply {
  if (lowest === undefined || reply.is !== 'OK') return reply
  const code = `MESSAGELIMIT ${max} ${lowest}`
  if (reply.code === '') return { ...reply, code }
  sayLimit(code, connection)
  return reply
}

/** Another code has the answer's place. */
export function sayLimit(code: string, connection: Connection): void {
  connection.say(formatReply(no(code, 'Only the newest messages were handled'), ''))
}

export function isLimit({ code }: ImapReply): boolean {
  return code.startsWith('MESSAGELIMIT ')
}

export interface LimitedSearch extends Omit<Limited, 'uids'> {
  /** What is looked for within the limit. */
  readonly key: SearchKey
}

/** RFC 9738 §3.1: what counts is what is looked at, which the UIDs of a search narrow. */
export function limitedSearch(view: View, key: SearchKey, max: number): LimitedSearch {
  const { lowest } = newest(max > 0 ? searched(view, key) : [], max)
  if (lowest === undefined) return { key, max, lowest }
  const within: SearchKey = { is: 'uids', from: lowest, to: Number.POSITIVE_INFINITY }
  return { key: { is: 'and', keys: [within, key] }, max, lowest }
}

/** The messages that a search must look at. */
export function searched(view: View, key: SearchKey): readonly UidRange[] {
  const left = new Uids()
  for (const [first, last] of view.uids.ranges()) left.addRange(first, last)
  return (key.is === 'and' ? key.keys : [key]).reduce<readonly UidRange[]>((ranges, each) => {
    if (each.is === 'set') return among(ranges, view.present(each.set, each.byUid))
    return each.is === 'uids' ? among(ranges, [[each.from, each.to]]) : ranges
  }, left.ranges())
}

function among(ranges: readonly UidRange[], set: readonly UidRange[]): readonly UidRange[] {
  const uids = new Uids()
  for (const [first, last] of ranges) uids.addRange(first, last)
  return uids.among(set)
}
