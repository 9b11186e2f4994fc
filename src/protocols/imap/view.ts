// A selected mailbox as its client knows it: which message each sequence number stands for, and up
// to which modseq it was told what changed. Knows what is gone, and keeps it until it may be told.
import type { Flagged } from '../../mailbox/flag-job.ts'
import { FlagNames } from '../../mailbox/flags.ts'
import type { Messages } from '../../mailbox/messages.ts'
import { allRights } from '../../mailbox/rights.ts'
import { countOf, mergedRanges, type UidRange } from '../../mailbox/uid-set.ts'
import { Syntax } from '../../wire/protocol.ts'
import type { SequenceSet } from './cursor.ts'
import type { UpdatedSearch } from './search/updated-search.ts'
import { Uids } from './uids.ts'

export interface Viewed {
  readonly account: string
  /** The mailbox's id. */
  readonly mailbox: string
  readonly uidValidity: number
  readonly readOnly: boolean
  /** What the client may do there, RFC 4314; where it is not all. */
  readonly rights?: string
}

export class View {
  readonly account: string
  readonly mailbox: string
  readonly uidValidity: number
  readonly readOnly: boolean
  readonly uids = new Uids()
  /** What the client knows; changes after it are still to be told. */
  modseq = 0
  /** Messages from this UID on are new to the client. */
  uidNext = 1
  /** How many keywords the client was told of. */
  keywords = 0
  /** RFC 5182 §2.1 "$": UIDs that the last SEARCH saved. */
  saved: readonly UidRange[] = []
  /** What the client may do here. */
  rights: string
  /** What flags are called in this account. */
  names = new FlagNames([])
  /** What this session took of `Recents`. */
  readonly recent = new Uids()
  /** New UIDs that the client itself put here since it was told of new ones. */
  own: readonly UidRange[] = []
  /** RFC 5267 §4.3: searches whose results the client is told of. */
  searches: readonly UpdatedSearch[] = []
  /** Up to which modseq these were told. */
  searchedModseq = 0
  #gone: UidRange[] = []

  constructor({ account, mailbox, uidValidity, readOnly, rights = allRights }: Viewed) {
    this.account = account
    this.mailbox = mailbox
    this.uidValidity = uidValidity
    this.readOnly = readOnly
    this.rights = rights
  }

  /** Names of flags that know every bit of a message's flags. */
  async namesFor(messages: Messages, flags: number, more: number): Promise<FlagNames> {
    if (!this.names.cover(flags, more)) this.names = await messages.flagNames(this.account)
    return this.names
  }

  get count(): number {
    return this.uids.count
  }

  /** RFC 3501 §7.3.2: of those that the client knows. */
  get recentCount(): number {
    return this.recent.count === 0 ? 0 : countOf(this.uids.among(this.recent.ranges()))
  }

  /** UIDs that are gone and keep their numbers until `forget`. */
  get gone(): readonly UidRange[] {
    return this.#gone
  }

  /**
   * A change of flags that the client made: where nothing else happened in between, there is
   * nothing else to tell.
   */
  follow({ before, changes }: Pick<Flagged, 'before' | 'changes'>): void {
    const last = changes.at(-1)
    if (last && before === this.modseq) this.modseq = last.modseq
  }

  /** Remembers those of the set that the client knows. */
  lose(set: readonly UidRange[]): void {
    const known = this.uids.among(set)
    if (known.length > 0) this.#gone = mergedRanges([...this.#gone, ...known])
  }

  /** Takes what is gone out of the sequence; its UIDs as they were, in ascending order. */
  forget(): readonly UidRange[] {
    const gone = this.#gone
    this.#gone = []
    this.uids.remove(gone)
    if (this.saved.length > 0) this.saved = this.uids.among(this.saved)
    return gone
  }

  /**
   * The UIDs of a set as a client says it, those that it knows, in ascending order.
   * @throws Syntax for a sequence number that there is not
   */
  resolve(set: SequenceSet, byUid: boolean): readonly UidRange[] {
    // RFC 9051 §6.4: a number above the last one is an error.
    if (!byUid && set !== '$' && this.count > 0 && set.some((range) => this.#beyond(range)))
      throw new Syntax('There is no such message')
    return this.present(set, byUid)
  }

  /** As `resolve`, for those who only look: what is not there is not found (RFC 7377 §2). */
  present(set: SequenceSet, byUid: boolean): readonly UidRange[] {
    if (set === '$') return this.uids.among(this.saved)
    const { count } = this
    if (count === 0) return []
    const star = byUid ? this.uids.last : count
    const ranges = set.map(([a, b]): UidRange => {
      const [first, last] = [Math.min(a, star), Math.min(b, star)]
      // RFC 9051 §9: "*" is the last one, and "5:*" has it even where 5 is beyond it.
      if (a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY) return [first, last]
      return [a, b]
    })
    if (byUid) return this.uids.among(ranges)
    const there = ranges.map(
      ([a, b]): UidRange => [Math.min(a, b), Math.min(Math.max(a, b), count)],
    )
    return this.uids.atNumbers(there.filter(([a, b]) => a <= b))
  }

  /** RFC 9051 §9: "5:*" has the last one even where 5 is beyond it. */
  #beyond(range: readonly [number, number]): boolean {
    return Math.max(...range) > this.count && !range.includes(Number.POSITIVE_INFINITY)
  }
}
