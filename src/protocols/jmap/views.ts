// The views of accounts that were asked about last, each brought up to date from the change log
// before it is used; and the counts that are made of them.
import { setImmediate } from 'node:timers/promises'
import type { Emails } from '../../mailbox/emails.ts'
import type { Mailbox } from '../../mailbox/mailbox-row.ts'
import type { Mailboxes } from '../../mailbox/mailboxes.ts'
import type { PlacesSince } from '../../mailbox/places-since.ts'
import { type Counts, ThreadCounts } from './thread-counts.ts'
import { View } from './view.ts'

interface Kept {
  modseq: number
  readonly view: View
  counts: ThreadCounts | undefined
}

interface Ports {
  readonly mailboxes: Mailboxes
  readonly emails: Emails
}

const rememberedMax = 300_000
/** Emails that are brought up to date at once: a few milliseconds. */
const togetherMax = 500
/** A view is made anew when more of it is gone than this, and than is there. */
const goneMax = 5_000

export class Views {
  readonly #ports: Ports
  /** The least recently used first. */
  readonly #known = new Map<string, Kept>()
  readonly #working = new Map<string, Promise<Kept>>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** As of now, with the modseq it is as of. */
  async of(account: string): Promise<{ readonly modseq: number; readonly view: View }> {
    return this.#kept(account)
  }

  /** What is counted in a mailbox; of one without mail nothing. */
  async counts(
    account: string,
    boxes: readonly Mailbox[],
  ): Promise<(mailbox: string) => Counts | undefined> {
    const kept = await this.#kept(account)
    const trash = boxes.find(({ role }) => role === 'trash')?.id ?? ''
    if (kept.counts?.trash !== trash) kept.counts = new ThreadCounts(kept.view, trash)
    const { counts } = kept
    return (mailbox) => counts.of(mailbox)
  }

  async #kept(account: string): Promise<Kept> {
    const modseq = await this.#ports.emails.modseq(account)
    const known = this.#known.get(account)
    if (known && known.modseq >= modseq) return known
    const working = this.#working.get(account) ?? this.#work(account, known)
    this.#working.set(account, working)
    const now = await working
    // What was begun before may be of before.
    return now.modseq >= modseq ? now : this.#kept(account)
  }

  async #work(account: string, known: Kept | undefined): Promise<Kept> {
    try {
      const kept = (known && (await this.#follow(account, known))) ?? (await this.#make(account))
      this.#known.delete(account)
      this.#known.set(account, kept)
      this.#forget()
      return kept
    } finally {
      this.#working.delete(account)
    }
  }

  /** undefined where all is to be read anew. */
  async #follow(account: string, kept: Kept): Promise<Kept | undefined> {
    const { view } = kept
    if (view.goneCount > Math.max(goneMax, view.count)) return undefined
    for (;;) {
      const news = await this.#ports.emails.placesSince(account, kept.modseq, togetherMax)
      if (!news) return undefined
      apply(kept, news)
      if (!news.more) return kept
      await setImmediate()
    }
  }

  async #make(account: string): Promise<Kept> {
    const { mailboxes, emails } = this.#ports
    const modseq = await emails.modseq(account)
    const view = new View()
    for (const { id } of await mailboxes.list(account))
      for await (const slice of emails.placesIn(account, id)) {
        for (const each of slice) view.add(each)
        await setImmediate()
      }
    const kept: Kept = { modseq, view, counts: undefined }
    // What changed meanwhile may have been read in two places, or in none.
    return (await this.#follow(account, kept)) ?? this.#make(account)
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

function apply(kept: Kept, { emails, modseq }: PlacesSince): void {
  const { view, counts } = kept
  const threads = new Set(emails.map(({ thread }) => thread))
  if (counts) for (const thread of threads) counts.count(thread, -1)
  for (const email of emails) view.put(email)
  if (counts) for (const thread of threads) counts.count(thread, 1)
  kept.modseq = modseq
}
