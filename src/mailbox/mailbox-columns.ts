// What mailboxes are searched and sorted by, column by column, for those that were asked about
// last. Brought up to date from the log before each use: one small question when nothing changed.
import type { Engine } from '../store/engine.ts'
import { columns, one, reading, sql, type Work } from '../store/sql.ts'
import { sinceInMailbox } from './change-log.ts'

type Row = readonly [
  uid: number,
  flags: number,
  more: number,
  modseq: number,
  receivedAt: number,
  sentAt: number,
  savedAt: number,
  size: number,
  email: string,
  thread: number,
]

interface Box {
  readonly account: string
  readonly mailbox: string
}

interface Order extends Box {
  readonly after: number
}

const sliceRows = 5_000
/** Messages that are remembered, of all mailboxes together: 200 bytes each. */
const rememberedMax = 500_000
/** More changes than this are sooner read anew. */
const changesMax = 20_000

export const columnRows = reading('mailbox.columns', function* (order: Order): Work<
  readonly Row[]
> {
  return yield* columns<Row>(sql`
    select uid, flags, more, modseq, received_at, sent_at, saved_at, size, email, thread
    from messages
    where account = ${order.account} and mailbox = ${order.mailbox} and uid > ${order.after}
    order by uid limit ${sliceRows}`)
})

export const mailboxModseq = reading('mailbox.modseq-of', function* (place: Box) {
  const row = yield* one<{ modseq: number }>(sql`
    select modseq from mailboxes where account = ${place.account} and id = ${place.mailbox}`)
  return row?.modseq
})

/** Values of messages by their index, in the order of UIDs. */
export class MailboxColumns {
  readonly uid: number[] = []
  readonly flags: number[] = []
  readonly more: number[] = []
  readonly modseq: number[] = []
  readonly receivedAt: number[] = []
  readonly sentAt: number[] = []
  readonly savedAt: number[] = []
  readonly size: number[] = []
  readonly email: string[] = []
  readonly thread: number[] = []
  /** Orders that were made of other values, by name: a number for each message. */
  #orders = new Map<string, Uint32Array>()
  #byEmail: Map<string, number[]> | undefined

  get count(): number {
    return this.uid.length
  }

  /** An order that was kept, as long as no message came or went. */
  order(name: string): Uint32Array | undefined {
    return this.#orders.get(name)
  }

  /** The numbers are of the messages as they are now. */
  keepOrder(name: string, numbers: Uint32Array): void {
    this.#orders.set(name, numbers)
  }

  /** -1 for a UID that is not there. */
  indexOf(uid: number): number {
    const at = this.firstFrom(uid)
    return this.uid[at] === uid ? at : -1
  }

  /** The index of the first message of that UID or a greater one. */
  firstFrom(uid: number): number {
    let low = 0
    let high = this.uid.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.uid[middle]! < uid) low = middle + 1
      else high = middle
    }
    return low
  }

  /** An email's messages here: seldom more than one. */
  indexesOfEmail(email: string): readonly number[] {
    if (!this.#byEmail) {
      this.#byEmail = new Map()
      for (const [at, id] of this.email.entries()) {
        const others = this.#byEmail.get(id)
        if (others) others.push(at)
        else this.#byEmail.set(id, [at])
      }
    }
    return this.#byEmail.get(email) ?? []
  }

  add(row: Row): void {
    this.#changed()
    this.uid.push(row[0])
    this.flags.push(row[1])
    this.more.push(row[2])
    this.modseq.push(row[3])
    this.receivedAt.push(row[4])
    this.sentAt.push(row[5])
    this.savedAt.push(row[6])
    this.size.push(row[7])
    this.email.push(row[8])
    this.thread.push(row[9])
  }

  setFlags(at: number, flags: number, more: number, modseq: number): void {
    this.flags[at] = flags
    this.more[at] = more
    this.modseq[at] = modseq
  }

  remove(gone: (uid: number) => boolean): void {
    const kept = this.uid.flatMap((uid, at) => (gone(uid) ? [] : [at]))
    if (kept.length === this.uid.length) return
    this.#changed()
    const lists: unknown[][] = [
      ...[this.uid, this.flags, this.more, this.modseq, this.receivedAt, this.sentAt],
      ...[this.savedAt, this.size, this.email, this.thread],
    ]
    for (const list of lists) {
      kept.forEach((from, to) => {
        list[to] = list[from]
      })
      list.length = kept.length
    }
  }

  #changed(): void {
    this.#byEmail = undefined
    if (this.#orders.size > 0) this.#orders.clear()
  }
}

interface Remembered {
  readonly columns: MailboxColumns
  modseq: number
}

export class ColumnCache {
  readonly #engine: Engine
  /** The least recently used first. */
  readonly #known = new Map<string, Remembered>()
  readonly #loading = new Map<string, Promise<MailboxColumns>>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /**
   * As of now; not to be kept beyond the next `await` on this cache. Of a mailbox that is gone: no
   * messages.
   */
  of(place: Box): Promise<MailboxColumns> {
    const key = `${place.account} ${place.mailbox}`
    const before = this.#loading.get(key) ?? Promise.resolve()
    const now = before
      .catch(() => {})
      .then(() => this.#upToDate(key, place))
      .finally(() => {
        if (this.#loading.get(key) === now) this.#loading.delete(key)
      })
    this.#loading.set(key, now)
    return now
  }

  async #upToDate(key: string, place: Box): Promise<MailboxColumns> {
    const known = this.#known.get(key)
    const modseq = await this.#engine.run(mailboxModseq, place)
    this.#known.delete(key)
    if (modseq === undefined) return new MailboxColumns()
    const fresh = known && (await this.#follow(known, place, modseq))
    const columns = fresh ? known.columns : await this.#load(place)
    this.#known.set(key, { columns, modseq })
    this.#forget()
    return columns
  }

  /** False where all is to be read anew. */
  async #follow(known: Remembered, place: Box, modseq: number): Promise<boolean> {
    if (known.modseq === modseq) return true
    const since = await this.#engine.run(sinceInMailbox, { ...place, modseq: known.modseq })
    if (!since?.vanished || since.changed.length > changesMax) return false
    const { columns } = known
    const { vanished } = since
    columns.remove((uid) => vanished.some(([first, last]) => uid >= first && uid <= last))
    await this.#more(columns, place)
    for (const [uid, flags, more, changed] of since.changed) {
      const at = columns.indexOf(uid)
      if (at >= 0) columns.setFlags(at, flags, more, changed)
    }
    return true
  }

  async #load(place: Box): Promise<MailboxColumns> {
    const loaded = new MailboxColumns()
    await this.#more(loaded, place)
    return loaded
  }

  /** Reads what is beyond the last message. */
  async #more(known: MailboxColumns, place: Box): Promise<void> {
    for (;;) {
      const order = { ...place, after: known.uid.at(-1) ?? 0 }
      const rows = await this.#engine.run(columnRows, order)
      for (const row of rows) known.add(row)
      if (rows.length < sliceRows) return
    }
  }

  #forget(): void {
    let sum = 0
    for (const { columns } of this.#known.values()) sum += columns.count
    for (const [key, { columns }] of this.#known) {
      if (sum <= rememberedMax) return
      sum -= columns.count
      this.#known.delete(key)
    }
  }
}
