// STORE: changes flags of many messages. Only what differs gets a new modseq.
import { Refused } from '../base/refused.ts'
import { columns, one, run, type Statement, sql, type Work, writingByRow } from '../store/sql.ts'
import {
  addChanges,
  type Change,
  changeMax,
  countAccount,
  countMailbox,
  lockAccount,
  noCounts,
} from './change.ts'
import { allBits, type Bits, deleted, flagsFor, isUnread, noBits, seen } from './flags.ts'
import { bitsOf } from './keyword-work.ts'
import {
  mergedRanges,
  overSlice,
  rangesOf,
  type Slice,
  slicesOf,
  type UidRange,
} from './uid-set.ts'

export interface FlagOrder {
  readonly account: string
  readonly mailbox: string
  readonly uids: readonly UidRange[]
  readonly mode: 'add' | 'remove' | 'replace'
  /** By name, in any case. */
  readonly flags: readonly string[]
  /** RFC 4314 §4: only those flags change that these rights let change; where given. */
  readonly rights?: string
  /** RFC 7162 §3.1.3: messages with a larger modseq are left alone, and told of. */
  readonly unchangedSince?: number
  /** Milliseconds since 1970. */
  readonly at: number
}

/** What became of flags; the three arrays go together, in the order of UIDs. */
export interface Flagged {
  readonly uids: Uint32Array
  /** For `FlagNames`, as they are now. */
  readonly flags: Float64Array
  readonly more: Float64Array
  readonly modseqs: Float64Array
  /** UIDs that had changed since `unchangedSince`. */
  readonly failed: Uint32Array
  /** The modseq of the mailbox's last change before. */
  readonly before: number
  readonly changes: readonly Change[]
}

/** New flags are (old & keep) | set. */
interface Rule {
  readonly keep: Bits
  readonly set: Bits
  readonly unchangedSince: number
}

/** @throws Refused 'not-found', and as `bitsOf` */
export const setFlags = writingByRow('mailbox.set-flags', function* (order: FlagOrder) {
  const { account, mailbox } = order
  let modseq = yield* lockAccount(account)
  const before = yield* needMailbox(account, mailbox)
  const rule = yield* ruleOf(order)
  const slices = slicesOf(mergedRanges(order.uids))
  const failed = yield* failedOf(order, slices)
  const found = yield* differing(order, slices, rule)
  const counts = noCounts()
  const changes: Change[] = []
  const made = arraysFor(found.length)
  const newFlags = change(rule.keep.flags, rule.set.flags)
  const newMore = change(rule.keep.more, rule.set.more)
  // Where they lie together, one statement changes them all, and their UIDs say their modseqs.
  const together = areTogether(found)
  if (together) yield* update(order, found, rule, modseq + 1)
  const told: Parameters<typeof addChanges>[0][number][] = []
  for (let from = 0; from < found.length; from += changeMax) {
    const part = found.slice(from, from + changeMax)
    modseq++
    let kind: 'flags' | 'deleted' = 'flags'
    let at = from
    for (const { uid, flags, more } of part) {
      const now = newFlags(flags)
      if ((flags ^ now) & deleted) kind = 'deleted'
      counts.unseen += bit(flags, seen) - bit(now, seen)
      counts.deleted += bit(now, deleted) - bit(flags, deleted)
      counts.unread += Number(isUnread(now)) - Number(isUnread(flags))
      made.uids[at] = uid
      made.flags[at] = now
      made.more[at] = newMore(more)
      made.modseqs[at++] = modseq
    }
    if (!together) yield* update(order, part, rule, modseq)
    const one = { account, modseq, mailbox, kind } as const
    told.push({ ...one, uids: rangesOf(part.map(({ uid }) => uid)), at: order.at })
    changes.push(one)
  }
  yield* addChanges(told)
  if (changes.length > 0) {
    yield* countMailbox(account, mailbox, modseq, counts)
    yield* countAccount(account, modseq, counts)
  }
  return { ...made, failed, before, changes } satisfies Flagged
})

function arraysFor(length: number) {
  return {
    uids: new Uint32Array(length),
    flags: new Float64Array(length),
    more: new Float64Array(length),
    modseqs: new Float64Array(length),
  }
}

/** The modseq of its last change. @throws Refused 'not-found' */
export function* needMailbox(account: string, mailbox: string): Work<number> {
  const there = yield* one<{ modseq: number }>(sql`
    select modseq from mailboxes where account = ${account} and id = ${mailbox}`)
  if (!there) throw new Refused('not-found', `mailbox ${account} ${mailbox}`)
  return there.modseq
}

function* ruleOf({ account, mode, flags, unchangedSince, rights }: FlagOrder): Work<Rule> {
  const bits = yield* bitsOf(account, flags, mode !== 'remove')
  const since = unchangedSince ?? Number.MAX_SAFE_INTEGER
  const { keep, set } = plainRule(mode, bits)
  if (rights === undefined) return { keep, set, unchangedSince: since }
  const may = flagsFor(rights)
  const kept = (old: bigint, allowed: bigint) => old | (allBits ^ allowed)
  return {
    keep: { flags: kept(keep.flags, may.flags), more: kept(keep.more, may.more) },
    set: { flags: set.flags & may.flags, more: set.more & may.more },
    unchangedSince: since,
  }
}

function plainRule(mode: FlagOrder['mode'], bits: Bits): Omit<Rule, 'unchangedSince'> {
  const all = { flags: allBits, more: allBits }
  if (mode === 'add') return { keep: all, set: bits }
  if (mode === 'replace') return { keep: noBits, set: bits }
  return { keep: { flags: allBits ^ bits.flags, more: allBits ^ bits.more }, set: noBits }
}

/** What becomes of a number of bits: (old & keep) | set. */
function change(keep: bigint, set: bigint): (old: number) => number {
  const slow = (old: number) => Number((BigInt(old) & keep) | set)
  if (set >= small) return slow
  const keepSmall = Number(keep & BigInt(small - 1))
  const setSmall = Number(set)
  // Nearly always 31 bits or less, and those need no BigInt.
  return (old) => (old < small ? (old & keepSmall) | setSmall : slow(old))
}

const small = 2 ** 31

function bit(flags: number, which: number): number {
  return flags & which ? 1 : 0
}

function* failedOf(
  { account, mailbox, unchangedSince }: FlagOrder,
  slices: readonly Slice[],
): Work<Uint32Array> {
  if (unchangedSince === undefined) return new Uint32Array(0)
  const uids: number[] = []
  for (const slice of slices) {
    const rows = yield* columns<[number]>(
      overSlice(
        sql`select uid from messages where account = ${account} and mailbox = ${mailbox} and`,
        slice,
        sql`and modseq > ${unchangedSince} order by uid`,
      ),
    )
    for (const [uid] of rows) uids.push(uid)
  }
  return Uint32Array.from(uids)
}

interface Found {
  readonly uid: number
  readonly flags: number
  readonly more: number
  readonly slice: Slice
}

/** The messages that the rule changes, in the order of UIDs. */
function* differing(order: FlagOrder, slices: readonly Slice[], rule: Rule): Work<Found[]> {
  const { account, mailbox } = order
  const found: Found[] = []
  for (const slice of slices) {
    const rows = yield* columns<[number, number, number]>(
      overSlice(
        sql`select uid, flags, more from messages
          where account = ${account} and mailbox = ${mailbox} and`,
        slice,
        differs(rule, sql`order by uid`),
      ),
    )
    for (const [uid, flags, more] of rows) found.push({ uid, flags, more, slice })
  }
  return found
}

function differs({ keep, set, unchangedSince }: Rule, tail: Statement): Statement {
  const condition = sql`and modseq <= ${unchangedSince}
    and (((flags & ${keep.flags}) | ${set.flags}) <> flags
      or ((more & ${keep.more}) | ${set.more}) <> more)`
  return { text: `${condition.text} ${tail.text}`, values: [...condition.values, ...tail.values] }
}

/** In one range, without a gap. */
function areTogether(found: readonly Found[]): boolean {
  const [first, last] = [found[0], found.at(-1)]
  if (!first || !last || first.slice !== last.slice || !('range' in first.slice)) return false
  return last.uid - first.uid + 1 === found.length
}

/** The first hundred get the modseq, and each further hundred the next one. */
function* update(
  { account, mailbox }: FlagOrder,
  part: readonly Found[],
  rule: Rule,
  modseq: number,
): Work<void> {
  const { keep, set } = rule
  const slice = sliceOver(part)
  const first = part[0]?.uid ?? 0
  // A part of a hundred may have gaps, and has one modseq all the same.
  const step = part.length > changeMax ? changeMax : 2 ** 32
  const nothing = sql``
  if (((keep.flags | set.flags) & BigInt(deleted)) === 0n) {
    // What is no longer marked as deleted is seen again by those who never see what is.
    const head = sql`
      update messages set created = ${modseq} + cast((uid - ${first}) / ${step} as bigint)
      where account = ${account} and mailbox = ${mailbox} and (flags & ${deleted}) <> 0 and`
    yield* run(overSlice(head, slice, differs(rule, nothing)))
  }
  const head = sql`
    update messages set modseq = ${modseq} + cast((uid - ${first}) / ${step} as bigint), flags = (flags & ${keep.flags}) | ${set.flags},
      more = (more & ${keep.more}) | ${set.more}
    where account = ${account} and mailbox = ${mailbox} and`
  yield* run(overSlice(head, slice, differs(rule, nothing)))
}

/**
 * A slice that holds these messages, and none beside them that fits the same condition: the range
 * from the first to the last, where one asked-for range has them all; else each by its UID.
 */
export function sliceOver(part: readonly { readonly uid: number; readonly slice: Slice }[]): Slice {
  const first = part[0]
  const last = part.at(-1)
  if (first && last && first.slice === last.slice && 'range' in first.slice)
    return { range: [first.uid, last.uid] }
  return { uids: part.map(({ uid }) => uid) }
}
