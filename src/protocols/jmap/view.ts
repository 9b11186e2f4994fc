// All emails of an account by what they are listed and counted by. An email keeps its index as long
// as the view lives: whoever waits meanwhile may find it gone, never another in its place.
import type { PlaceFacts } from '../../mailbox/places-of.ts'
import type { PlacedEmail } from '../../mailbox/places-since.ts'

export type DateKey = 'receivedAt' | 'sentAt'

/** Everywhere, where a mailbox's index may stand. */
const everywhere = -1
const nowhere: readonly number[] = []

/** Values of emails by their index; each email once. */
export class View {
  readonly email: string[] = []
  readonly thread: number[] = []
  readonly flags: number[] = []
  readonly more: number[] = []
  readonly receivedAt: number[] = []
  readonly sentAt: number[] = []
  readonly size: number[] = []
  /** Indexes into `mailboxes`; none for an email that is gone. */
  readonly boxes: (readonly number[])[] = []
  /** In the first of its mailboxes. */
  readonly uid: number[] = []
  readonly mailboxes: string[] = []
  readonly #box = new Map<string, number>()
  readonly #single: (readonly number[])[] = []
  readonly #index = new Map<string, number>()
  /** Indexes by a date, the oldest first; those that are gone, or left, may still be among them. */
  readonly #orders = new Map<string, { by: DateKey; box: number; indexes: number[] }>()
  #threads: Map<number, number[]> | undefined

  /** Emails that are there. */
  get count(): number {
    return this.#index.size
  }

  /** Indexes of emails that are gone: their memory comes back with another view. */
  get goneCount(): number {
    return this.email.length - this.#index.size
  }

  indexOf(email: string): number | undefined {
    return this.#index.get(email)
  }

  /** -1 for a mailbox in which no email ever was. */
  boxOf(mailbox: string): number {
    return this.#box.get(mailbox) ?? -1
  }

  isThere(at: number): boolean {
    return this.boxes[at]!.length > 0
  }

  indexes(): readonly number[] {
    return [...this.#index.values()]
  }

  emails(): readonly string[] {
    return [...this.#index.keys()]
  }

  /** Indexes of each thread's emails, the oldest first. */
  get threads(): ReadonlyMap<number, readonly number[]> {
    if (!this.#threads) {
      this.#threads = Map.groupBy(this.#index.values(), (at) => this.thread[at]!)
      for (const indexes of this.#threads.values())
        if (indexes.length > 1) indexes.sort(this.#older('receivedAt'))
    }
    return this.#threads
  }

  /**
   * Indexes of the emails in a mailbox, or of all, the oldest first. Some may be gone, or be there
   * no more: to be looked at.
   */
  oldestFirst(by: DateKey, box: number | undefined): readonly number[] {
    const where = box ?? everywhere
    const name = `${by} ${where}`
    const known = this.#orders.get(name)
    if (known) return known.indexes
    const indexes = this.indexes().filter((at) => this.#isIn(at, where))
    const order = { by, box: where, indexes: [...indexes].sort(this.#older(by)) }
    this.#orders.set(name, order)
    return order.indexes
  }

  /** The mailbox whose UID of an email is kept here. */
  placeOf(at: number): { readonly mailbox: string; readonly uid: number } {
    return { mailbox: this.mailboxes[this.boxes[at]![0] ?? -1] ?? '', uid: this.uid[at]! }
  }

  /** An email as it is now. */
  put({ id, thread, places }: PlacedEmail): void {
    const at = this.#index.get(id)
    const [first, ...others] = places
    if (!first) {
      if (at !== undefined) this.#remove(at)
      return
    }
    const receivedAt = Math.min(...places.map((place) => place.receivedAt))
    const { sentAt, size } = first
    const stays =
      at !== undefined && this.receivedAt[at] === receivedAt && this.sentAt[at] === sentAt
    if (at !== undefined && !stays) this.#remove(at)
    const index = stays ? at : this.#push(id, thread, { ...first, receivedAt })
    this.size[index] = size
    this.#place(index, first)
    for (const place of others) this.#addPlace(index, place)
    this.#enter(index)
  }

  /** One place more of an email, as they come when all are read. */
  add({ id, thread, places }: PlacedEmail): void {
    for (const place of places) {
      const at = this.#index.get(id)
      if (at !== undefined) this.#addPlace(at, place)
      else this.#place(this.#push(id, thread, place), place)
    }
  }

  #push(id: string, thread: number, { receivedAt, sentAt, size }: PlaceFacts): number {
    const at = this.email.length
    this.#index.set(id, at)
    this.email.push(id)
    this.thread.push(thread)
    this.flags.push(0)
    this.more.push(0)
    this.receivedAt.push(receivedAt)
    this.sentAt.push(sentAt)
    this.size.push(size)
    this.uid.push(0)
    this.boxes.push(nowhere)
    const others = this.#threads?.get(thread)
    if (others) insert(others, at, this.#older('receivedAt'))
    else this.#threads?.set(thread, [at])
    return at
  }

  #place(at: number, { mailbox, uid, flags, more }: PlaceFacts): void {
    this.boxes[at] = this.#single[this.#needBox(mailbox)]!
    this.uid[at] = uid
    this.flags[at] = flags
    this.more[at] = more
  }

  #addPlace(at: number, { mailbox, flags, more, receivedAt }: PlaceFacts): void {
    const box = this.#needBox(mailbox)
    const boxes = this.boxes[at]!
    if (!boxes.includes(box)) this.boxes[at] = [...boxes, box]
    this.flags[at] = union(this.flags[at]!, flags)
    this.more[at] = union(this.more[at]!, more)
    this.receivedAt[at] = Math.min(this.receivedAt[at]!, receivedAt)
  }

  #remove(at: number): void {
    this.boxes[at] = nowhere
    this.#index.delete(this.email[at]!)
    const thread = this.thread[at]!
    const left = this.#threads?.get(thread)?.filter((other) => other !== at) ?? []
    if (left.length > 0) this.#threads?.set(thread, left)
    else this.#threads?.delete(thread)
  }

  /** Into the orders that are kept. */
  #enter(at: number): void {
    for (const { by, box, indexes } of this.#orders.values())
      if (this.#isIn(at, box)) insert(indexes, at, this.#older(by))
  }

  #isIn(at: number, box: number): boolean {
    return box === everywhere || this.boxes[at]!.includes(box)
  }

  #needBox(mailbox: string): number {
    const known = this.#box.get(mailbox)
    if (known !== undefined) return known
    const box = this.mailboxes.length
    this.#box.set(mailbox, box)
    this.mailboxes.push(mailbox)
    this.#single.push([box])
    return box
  }

  #older(by: DateKey): (a: number, b: number) => number {
    const values = this[by]
    const ids = this.email
    return (a, b) => values[a]! - values[b]! || compareIds(ids[a]!, ids[b]!) || a - b
  }
}

/** Ids grow with time. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Where it belongs in a sorted list, once; new ones mostly at its end. */
function insert(sorted: number[], at: number, order: (a: number, b: number) => number): void {
  let low = 0
  let high = sorted.length
  if (high > 0 && order(sorted[high - 1]!, at) < 0) low = high
  while (low < high) {
    const middle = (low + high) >> 1
    if (order(sorted[middle]!, at) < 0) low = middle + 1
    else high = middle
  }
  if (sorted[low] !== at) sorted.splice(low, 0, at)
}

/** Of 53 bits, which are too many for "|". */
export function union(a: number, b: number): number {
  return a === b ? a : Number(BigInt(a) | BigInt(b))
}
