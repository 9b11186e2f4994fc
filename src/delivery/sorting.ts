// What an account does with its own copy of a message, between the checks and the filing: another
// mailbox, flags, nothing at all. Knows that it may be decided, not by whom or why.
import { Refused } from '../base/refused.ts'
import type { Address } from '../message/address.ts'
import type { Arrived } from './arrived.ts'
import type { Examined } from './examine.ts'
import type { Letter } from './letter.ts'
import { msSince } from './outcome.ts'
import type { MailboxPlace, Place, Recipient, Step } from './types.ts'

/** One recipient's share in a message. */
export interface Share {
  readonly arrived: Arrived
  readonly examined: Examined
  /** As the client said it. */
  readonly recipient: Address
  /** Where it goes so far: INBOX, or what a sorter before this one chose. */
  readonly place: MailboxPlace
  /** How much like spam a sorter before this one found it, from 0 to 100. */
  readonly spamPercent?: number | undefined
}

export interface Sorted {
  /**
   * Where it goes now; nowhere when there are none. Sorters that follow are asked about the first,
   * where that is a mailbox.
   */
  readonly places: readonly Place[]
  /** For the trace: "filed into Work by the rule 'Boss'"; "" for nothing to tell. */
  readonly said: string
  /** Its owner will not have it, and why. `places` is then empty. */
  readonly reject?: string
  /** Texts that copies have instead, by place, once `before` is done; the sorter keeps nothing. */
  readonly letters?: ReadonlyMap<Place, Letter>
  readonly spamPercent?: number
  /** What must be on disk before the message counts as taken. Told whether the sender will hear of
   * a rejection by itself, since nobody takes the message. @throws Refused */
  before?(refusedAtOnce: boolean): Promise<void>
  /** What follows once all is on disk. Never rejects. */
  after?(): Promise<void>
}

/** Somebody who decides for accounts. */
export interface Sorter {
  /** undefined, at once, where it has nothing to say: the most usual case must cost nothing. */
  sort(share: Share): Promise<Sorted | undefined> | undefined
}

export interface SortedMail {
  readonly recipients: readonly Recipient[]
  readonly steps: readonly Step[]
  /** The text of a copy, by its place, where it is not the message's. */
  readonly letters: ReadonlyMap<Place, Letter>
  readonly after: readonly (() => Promise<void>)[]
}

/**
 * Asks the sorters in their order for each recipient's mailboxes; undefined when nobody minds.
 * @throws Refused 'filter-refused' when every recipient rejects the message
 */
export async function sortMail(
  sorters: readonly Sorter[],
  arrived: Arrived,
  examined: Examined,
): Promise<SortedMail | undefined> {
  const { envelope } = arrived
  const decisions: Sorted[] = []
  const recipients: Recipient[] = []
  for (const recipient of envelope.recipients) {
    const places: Place[] = []
    for (const place of [recipient.place, ...(recipient.also ?? [])]) {
      const share = { arrived, examined, recipient: recipient.address }
      const found = place.kind === 'mailbox' ? await decided(sorters, { ...share, place }) : []
      decisions.push(...found)
      const last = found.at(-1)
      places.push(...(last?.places ?? [place]))
    }
    const [place = { kind: 'nowhere' } as const, ...also] = places
    const { also: _, ...rest } = recipient
    recipients.push({ ...rest, place, ...(also.length > 0 ? { also } : {}) })
  }
  if (decisions.length === 0) return undefined
  const atOnce = refusesAll(recipients, decisions)
  for (const decision of decisions) await decision.before?.(atOnce)
  if (atOnce) throw refusal(decisions)
  const ms = msSince(envelope.began)
  const said = decisions.filter((decision) => decision.said !== '')
  return {
    recipients,
    steps: said.map((decision) => ({ step: 'sorted', ms, ok: true, said: decision.said })),
    letters: new Map(decisions.flatMap(({ letters }) => [...(letters ?? [])])),
    after: decisions.flatMap((decision) => (decision.after ? [() => decision.after!()] : [])),
  }
}

async function decided(
  sorters: readonly Sorter[],
  share: Omit<Share, 'place'> & { place: MailboxPlace },
): Promise<Sorted[]> {
  const found: Sorted[] = []
  let { place, spamPercent } = share
  for (const sorter of sorters) {
    const sorted = await sorter.sort({ ...share, place, spamPercent })
    if (!sorted) continue
    found.push(sorted)
    spamPercent = sorted.spamPercent ?? spamPercent
    const [first] = sorted.places
    if (first?.kind !== 'mailbox') break
    place = first
  }
  return found
}

/** Whether nobody has the message, and every one of them for not wanting it. */
function refusesAll(recipients: readonly Recipient[], decisions: readonly Sorted[]): boolean {
  const nobody = recipients.every(({ place }) => place.kind === 'nowhere')
  const ends = decisions.filter(({ places }) => places.length === 0)
  return nobody && ends.length > 0 && ends.every(({ reject }) => reject !== undefined)
}

/** RFC 5429 §2.1.1: the words of the one who rejects it, in the reply. */
function refusal(decisions: readonly Sorted[]): Refused {
  const words = decisions.find(({ reject }) => reject !== undefined)?.reject ?? ''
  const text =
    words
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim()
      .slice(0, 400) || 'Message rejected'
  const by = decisions.find(({ reject }) => reject !== undefined)?.said ?? 'rejected'
  return new Refused('filter-refused', by, { by, reply: { code: 550, status: '5.7.1', text } })
}
