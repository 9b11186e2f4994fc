// The messages of mailboxes in verbs of mail: append, copy, move, flags, expunge; and how they are
// read by ten thousands. Each verb is one transaction; its changes are published after the commit.
import { Refused } from '../base/refused.ts'
import type { BlobRef } from '../store/blobs.ts'
import type { Appended } from './append.ts'
import { appendAll, replaceMessage, takeBackAll } from './append-job.ts'
import type { NewLetter } from './append-many.ts'
import type { Change } from './change.ts'
import type { ChangeFeed } from './change-feed.ts'
import { type FlagRow, type MailboxSince, sinceInMailbox } from './change-log.ts'
import { type AcrossOrder, copyAcross } from './copy-across-job.ts'
import { type Copied, copyMessages } from './copy-job.ts'
import { type Expunged, expunge } from './expunge-job.ts'
import { areSmall, type FetchColumn, type FetchRow, fetchRows } from './fetch-job.ts'
import { type Flagged, type FlagOrder, setFlags } from './flag-job.ts'
import { FlagNames } from './flags.ts'
import { listKeywords } from './keyword-work.ts'
import { Letter, type SealedLetter } from './letter.ts'
import { ColumnCache } from './mailbox-columns.ts'
import type { MailPorts } from './mailboxes.ts'
import { type MailboxObjects, mailboxesSince } from './mailboxes-since.ts'
import { MessageBytes } from './message-bytes.ts'
import { type Message, messageOf } from './message-row.ts'
import { emailsSince, type Objects, threadsSince } from './objects-since.ts'
import { type OpenMessage, opened } from './open-message.ts'
import {
  findEmail,
  flagRows,
  listThread,
  messagesOfUids,
  type SliceOrder,
  type SortRow,
  sortRows,
  subjectRows,
} from './read-jobs.ts'
import { countOf, mergedRanges, rangesAfter, type UidRange } from './uid-set.ts'
import { UntilChanged } from './until-changed.ts'
import { firstSince } from './view-jobs.ts'
import { WholeStructures } from './whole-structures.ts'

export interface NewEntry {
  readonly letter: SealedLetter
  /** By name: "\Seen", "$Forwarded". */
  readonly flags?: readonly string[]
  /** The internal date, in milliseconds since 1970, where that is not now. */
  readonly receivedAt?: number
}

export interface Place {
  readonly account: string
  readonly mailbox: string
}

/** So many answers are kept until something changes. */
const keptMax = 10_000
const smallRows = 5_000
const largeRows = 500
/** So many messages go from one account into another at once. */
const acrossMax = 10_000

export class Messages {
  /** Of messages too large for their digest to tell all. */
  readonly structures = new WholeStructures()
  /** What mailboxes are searched and sorted by. */
  readonly columns: ColumnCache
  readonly #ports: MailPorts
  readonly #changes: ChangeFeed
  readonly #names: UntilChanged<FlagNames>
  /** That nothing is newer, of mailboxes that were asked about. */
  readonly #news: UntilChanged<MailboxSince | undefined>

  constructor(ports: MailPorts, changes: ChangeFeed) {
    this.#ports = ports
    this.#changes = changes
    this.#names = new UntilChanged(changes, keptMax)
    this.#news = new UntilChanged(changes, keptMax)
    this.columns = new ColumnCache(ports.engine)
  }

  /** Begins to take a message in; it is nowhere until it is appended. */
  letter(sizeMaxBytes: number): Letter {
    return new Letter(this.#ports.blobs.create(), sizeMaxBytes)
  }

  /**
   * Appends letters, all or none; resolves when rows and bytes are on disk.
   * @throws Refused as `append` in append.ts; 'no-space', 'storage-failed'
   */
  async append({ account, mailbox }: Place, entries: readonly NewEntry[]): Promise<Appended[]> {
    const { engine, now } = this.#ports
    const at = now()
    const letters = this.#letters(entries, at)
    const [rows, bytes] = await Promise.allSettled([
      engine.run(appendAll, { account, mailbox, letters, at }),
      Promise.all(entries.map(({ letter }) => letter.synced)),
    ])
    if (rows.status === 'rejected') throw rows.reason
    if (bytes.status === 'rejected') {
      // Should this fail too, the next start finds that the bytes are not there.
      await engine.run(takeBackAll, rows.value).then((changes) => this.#publish(changes))
      throw bytes.reason
    }
    this.#publish(rows.value)
    return rows.value
  }

  /**
   * Appends a letter in place of a message: both become so at once, or neither.
   * @throws Refused 'not-found' when the message is gone, and as `append`
   */
  async replace(
    from: Place,
    uid: number,
    target: string,
    entry: NewEntry,
  ): Promise<Appended | undefined> {
    const { engine, now } = this.#ports
    // What is replaced is gone with the commit: the bytes must be there before.
    await entry.letter.synced
    const at = now()
    const letters = this.#letters([entry], at)
    const places = { account: from.account, mailbox: target, from: from.mailbox }
    const done = await engine.run(replaceMessage, { ...places, uid, letters, at })
    this.#publish(done.changes)
    return done.appended[0]
  }

  /** @throws Refused 'not-found', 'over-quota' */
  copy(from: Place, uids: readonly UidRange[], target: string): Promise<Copied> {
    return this.#carry(from, uids, { target, move: false })
  }

  /** @throws Refused 'not-found', 'bad-value' into the same mailbox */
  move(from: Place, uids: readonly UidRange[], target: string): Promise<Copied> {
    return this.#carry(from, uids, { target, move: true })
  }

  /**
   * Copies or moves messages into another account's mailbox, where they are new emails.
   * @throws Refused 'not-found', 'over-quota', 'too-many' messages or keywords
   */
  async carryAcross(order: Omit<AcrossOrder, 'ids' | 'at'>): Promise<Copied> {
    const { engine, now, nextId } = this.#ports
    const length = countOf(order.uids)
    if (length > acrossMax) throw new Refused('too-many', 'messages at once')
    const ids = Array.from({ length }, () => nextId())
    const copied = await engine.run(copyAcross, { ...order, ids, at: now() })
    this.#publish(copied.changes)
    return copied
  }

  /**
   * Adds, removes or replaces flags of many messages; what is so already is left as it is.
   * @throws Refused 'not-found'; 'bad-value' for what is no flag, 'too-many' keywords
   */
  async setFlags(order: Omit<FlagOrder, 'at'>): Promise<Flagged> {
    const { engine, now } = this.#ports
    const flagged = await engine.run(setFlags, { ...order, at: now() })
    this.#publish(flagged.changes)
    return flagged
  }

  /**
   * Takes messages out: those of the set, or those of them that are marked as deleted. They can be
   * restored for a time. @throws Refused 'not-found'
   */
  async expunge(
    { account, mailbox }: Place,
    uids: readonly UidRange[],
    onlyDeleted: boolean,
  ): Promise<Expunged> {
    const { engine, now } = this.#ports
    const order = { account, mailbox, uids, onlyDeleted, at: now() }
    const expunged = await engine.run(expunge, order)
    this.#publish(expunged.changes)
    return expunged
  }

  /** The first UID of what was put into a mailbox at a time (in milliseconds) or later. */
  firstSince({ account, mailbox }: Place, at: number): Promise<number> {
    return this.#ports.engine.run(firstSince, { account, mailbox, at })
  }

  /** What flags of the account's messages are called. To be asked again when a bit is unknown. */
  flagNames(account: string): Promise<FlagNames> {
    const ask = async () => new FlagNames(await this.#ports.engine.run(listKeywords, account))
    return this.#names.of({ account, about: '' }, ask)
  }

  /**
   * UID, flags and modseq of every message, in slices of at most 5,000, in the order of UIDs. A
   * verb that runs meanwhile may show in later slices: `since` of the modseq before tells it again.
   */
  flags(place: Place): AsyncGenerator<readonly FlagRow[]> {
    return this.#slices(place, smallRows, (order) => this.#ports.engine.run(flagRows, order))
  }

  /** What lists are sorted and searched by, the same way. */
  sortKeys(place: Place): AsyncGenerator<readonly SortRow[]> {
    return this.#slices(place, smallRows, (order) => this.#ports.engine.run(sortRows, order))
  }

  /** Base subjects, folded (RFC 5256 §2.1), the same way. */
  subjects(place: Place): AsyncGenerator<readonly (readonly [uid: number, subject: string])[]> {
    return this.#slices(place, smallRows, (order) => this.#ports.engine.run(subjectRows, order))
  }

  /** Messages with all that is kept of them, in slices of at most 500, in the order of UIDs. */
  async *read({ account, mailbox }: Place, uids: readonly UidRange[]): AsyncGenerator<Message[]> {
    let left: readonly UidRange[] = mergedRanges(uids)
    while (left.length > 0) {
      const order = { account, mailbox, uids: left, limit: largeRows }
      const rows = await this.#ports.engine.run(messagesOfUids, order)
      if (rows.length > 0) yield rows.map(messageOf)
      const last = rows.at(-1)?.uid
      if (rows.length < largeRows || last === undefined) return
      left = rangesAfter(left, last)
    }
  }

  /**
   * The columns of messages that are asked for, "uid" first, in slices of at most 500, or 5,000
   * where these are small, in the order of UIDs.
   */
  async *fetch(
    { account, mailbox }: Place,
    uids: readonly UidRange[],
    columns: readonly FetchColumn[],
  ): AsyncGenerator<readonly FetchRow[]> {
    let left: readonly UidRange[] = mergedRanges(uids)
    const limit = areSmall(columns) ? smallRows : largeRows
    while (left.length > 0) {
      const order = { account, mailbox, uids: left, columns, limit }
      const rows = await this.#ports.engine.run(fetchRows, order)
      if (rows.length > 0) yield rows
      const last = rows.at(-1)?.[0]
      if (rows.length < limit || typeof last !== 'number') return
      left = rangesAfter(left, last)
    }
  }

  /** A message's bytes, where its row says they are. */
  bytes(ref: BlobRef, prefix: Uint8Array): MessageBytes {
    return new MessageBytes(this.#ports.blobs, ref, prefix)
  }

  /** Every message of an email, one for each mailbox it is in; bytes and digest are the same. */
  async email(account: string, id: string): Promise<readonly OpenMessage[]> {
    const rows = await this.#ports.engine.run(findEmail, { account, id })
    return rows.map((row) => opened(row, this.#ports.blobs))
  }

  /** The messages of a thread, the oldest first; an email that is in two mailboxes comes twice. */
  thread(account: string, thread: number) {
    return this.#ports.engine.run(listThread, { account, thread })
  }

  /** What changed in a mailbox since a modseq; undefined when it is gone. */
  async since(place: Place, modseq: number): Promise<MailboxSince | undefined> {
    const { account, mailbox } = place
    const known = this.#news.get(account, mailbox)
    if (known && modseq >= known.modseq) return known
    const ask = () => this.#ports.engine.run(sinceInMailbox, { account, mailbox, modseq })
    if (known) return ask()
    let found: MailboxSince | undefined
    await this.#news.of({ account, about: mailbox }, async () => {
      found = await ask()
      return found && { ...found, changed: [], vanished: [] }
    })
    return found
  }

  /** Emails that changed since a modseq; undefined when that cannot be calculated, as below. */
  emailsSince(account: string, modseq: number, max: number): Promise<Objects | undefined> {
    return this.#ports.engine.run(emailsSince, { account, modseq, max })
  }

  threadsSince(account: string, modseq: number, max: number): Promise<Objects | undefined> {
    return this.#ports.engine.run(threadsSince, { account, modseq, max })
  }

  mailboxesSince(
    account: string,
    modseq: number,
    max: number,
  ): Promise<MailboxObjects | undefined> {
    return this.#ports.engine.run(mailboxesSince, { account, modseq, max })
  }

  #letters(entries: readonly NewEntry[], at: number): NewLetter[] {
    return entries.map(({ letter, flags = [], receivedAt = at }) => ({
      id: this.#ports.nextId(),
      blob: letter.ref,
      facts: letter.facts,
      flags,
      receivedAt,
    }))
  }

  async #carry(
    { account, mailbox }: Place,
    uids: readonly UidRange[],
    how: { readonly target: string; readonly move: boolean },
  ): Promise<Copied> {
    const { engine, now } = this.#ports
    const copied = await engine.run(copyMessages, { account, mailbox, uids, ...how, at: now() })
    this.#publish(copied.changes)
    return copied
  }

  async *#slices<R extends readonly [uid: number, ...rest: unknown[]]>(
    { account, mailbox }: Place,
    limit: number,
    read: (order: SliceOrder) => Promise<readonly R[]>,
  ): AsyncGenerator<readonly R[]> {
    let after = 0
    for (;;) {
      const rows = await read({ account, mailbox, after, limit })
      const last = rows.at(-1)
      if (!last) return
      yield rows
      if (rows.length < limit) return
      after = last[0]
    }
  }

  #publish(changes: readonly Change[]): void {
    for (const change of changes) this.#changes.publish(change)
  }
}
