// All emails of an account by what they are listed and counted by, as of one modseq. Made from the
// columns of its mailboxes, and kept for those accounts that were asked about last.
import type { Emails } from '../../mailbox/emails.ts'
import { deleted, draft, seen } from '../../mailbox/flags.ts'
import type { MailboxColumns } from '../../mailbox/mailbox-columns.ts'
import type { Mailbox } from '../../mailbox/mailbox-row.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { Messages } from '../../mailbox/messages.ts'

/** Values of emails by their index; each email once. */
export class View {
  readonly email: string[] = []
  readonly thread: number[] = []
  readonly flags: number[] = []
  readonly more: number[] = []
  readonly receivedAt: number[] = []
  readonly sentAt: number[] = []
  readonly size: number[] = []
  /** Indexes into `mailboxes`. */
  readonly boxes: (readonly number[])[] = []
  readonly uid: number[] = []
  readonly mailboxes: readonly string[]
  readonly #single: readonly (readonly number[])[]
  readonly #index = new Map<string, number>()
  #threads: ReadonlyMap<number, readonly number[]> | undefined

  constructor(mailboxes: readonly string[]) {
    this.mailboxes = mailboxes
    this.#single = mailboxes.map((_, n) => [n])
  }

  get count(): number {
    return this.email.length
  }

  indexOf(email: string): number | undefined {
    return this.#index.get(email)
  }

  /** Indexes of each thread's emails, the oldest first. */
  get threads(): ReadonlyMap<number, readonly number[]> {
    if (!this.#threads) {
      const threads = new Map<number, number[]>()
      for (let at = 0; at < this.count; at++) {
        const others = threads.get(this.thread[at]!)
        if (others) others.push(at)
        else threads.set(this.thread[at]!, [at])
      }
      for (const indexes of threads.values())
        if (indexes.length > 1) indexes.sort((a, b) => this.receivedAt[a]! - this.receivedAt[b]!)
      this.#threads = threads
    }
    return this.#threads
  }

  /** The mailbox whose UID of an email is kept here. */
  placeOf(at: number): { readonly mailbox: string; readonly uid: number } {
    return { mailbox: this.mailboxes[this.boxes[at]![0]!]!, uid: this.uid[at]! }
  }

  add(box: number, columns: MailboxColumns): void {
    for (let at = 0; at < columns.count; at++) {
      const flags = columns.flags[at]!
      if (flags & deleted) continue
      const known = this.#index.get(columns.email[at]!)
      if (known === undefined) this.#push(box, columns, at)
      else this.#merge(known, box, { flags, more: columns.more[at]! })
    }
  }

  #push(box: number, columns: MailboxColumns, at: number): void {
    this.#index.set(columns.email[at]!, this.email.length)
    this.email.push(columns.email[at]!)
    this.thread.push(columns.thread[at]!)
    this.flags.push(columns.flags[at]!)
    this.more.push(columns.more[at]!)
    this.receivedAt.push(columns.receivedAt[at]!)
    this.sentAt.push(columns.sentAt[at]!)
    this.size.push(columns.size[at]!)
    this.uid.push(columns.uid[at]!)
    this.boxes.push(this.#single[box]!)
  }

  #merge(at: number, box: number, bits: { readonly flags: number; readonly more: number }): void {
    const boxes = this.boxes[at]!
    if (!boxes.includes(box)) this.boxes[at] = [...boxes, box]
    this.flags[at] = union(this.flags[at]!, bits.flags)
    this.more[at] = union(this.more[at]!, bits.more)
  }
}

/** Of 53 bits, which are too many for "|". */
export function union(a: number, b: number): number {
  return a === b ? a : Number(BigInt(a) | BigInt(b))
}

/** The counts of a mailbox that a client is shown, RFC 8621 §2. */
export interface Counts {
  totalEmails: number
  unreadEmails: number
  totalThreads: number
  unreadThreads: number
}

interface Kept {
  readonly modseq: number
  readonly view: View
  counts: ReadonlyMap<string, Counts> | undefined
}

interface Ports {
  readonly mailboxes: Mailboxes
  readonly messages: Messages
  readonly emails: Emails
}

const rememberedMax = 300_000

export class Views {
  readonly #ports: Ports
  /** The least recently used first. */
  readonly #known = new Map<string, Kept>()
  readonly #making = new Map<string, Promise<Kept>>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** As of now, with the modseq it is as of (or a later one's changes in it already). */
  async of(account: string): Promise<{ readonly modseq: number; readonly view: View }> {
    return this.#kept(account)
  }

  /** By mailbox; of one that is not there: none. */
  async counts(account: string, boxes: readonly Mailbox[]): Promise<ReadonlyMap<string, Counts>> {
    const kept = await this.#kept(account)
    kept.counts ??= countsOf(kept.view, boxes.find(({ role }) => role === 'trash')?.id ?? '')
    return kept.counts
  }

  async #kept(account: string): Promise<Kept> {
    const modseq = await this.#ports.emails.modseq(account)
    const known = this.#known.get(account)
    if (known?.modseq === modseq) return known
    const making = this.#making.get(account) ?? this.#make(account)
    this.#making.set(account, making)
    const made = await making
    // What was begun before may be of before.
    return made.modseq >= modseq ? made : this.#kept(account)
  }

  async #make(account: string): Promise<Kept> {
    try {
      const { mailboxes, messages, emails } = this.#ports
      const modseq = await emails.modseq(account)
      const boxes = await mailboxes.list(account)
      const view = new View(boxes.map(({ id }) => id))
      for (const [n, { id }] of boxes.entries())
        view.add(n, await messages.columns.of({ account, mailbox: id }))
      const kept: Kept = { modseq, view, counts: undefined }
      this.#known.delete(account)
      this.#known.set(account, kept)
      this.#forget()
      return kept
    } finally {
      this.#making.delete(account)
    }
  }

  #forget(): void {
    let sum = 0
    for (const { view } of this.#known.values()) sum += view.count
    for (const [account, { view }] of this.#known) {
      if (sum <= rememberedMax || this.#known.size === 1) return
      sum -= view.count
      this.#known.delete(account)
    }
  }
}

/**
 * RFC 8621 §2: an unread email that is only in the trash makes no thread unread elsewhere, and in
 * the trash only what is there counts.
 */
function countsOf(view: View, trash: string): ReadonlyMap<string, Counts> {
  const bin = view.mailboxes.indexOf(trash)
  const all: Counts[] = view.mailboxes.map(() => ({
    ...{ totalEmails: 0, unreadEmails: 0, totalThreads: 0, unreadThreads: 0 },
  }))
  for (const indexes of view.threads.values()) {
    const present = new Set<number>()
    let unread = false
    let unreadInBin = false
    for (const at of indexes) {
      const boxes = view.boxes[at]!
      const isUnread = (view.flags[at]! & (seen | draft)) === 0
      unread ||= isUnread && !(boxes.length === 1 && boxes[0] === bin)
      unreadInBin ||= isUnread && boxes.includes(bin)
      for (const box of boxes) present.add(box)
      for (const box of boxes) all[box]!.totalEmails++
      for (const box of isUnread ? boxes : []) all[box]!.unreadEmails++
    }
    for (const box of present) {
      all[box]!.totalThreads++
      if (box === bin ? unreadInBin : unread) all[box]!.unreadThreads++
    }
  }
  return new Map(view.mailboxes.map((id, n) => [id, all[n]!]))
}
