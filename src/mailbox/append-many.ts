// Puts many messages into one mailbox at once: what is counted is counted for all of them together,
// and one change tells of up to a hundred.
import { Refused } from '../base/refused.ts'
import { retainAll } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { one, sql, type Work } from '../store/sql.ts'
import { type Appended, addRows, countIn } from './append.ts'
import { addChange, type Counts, changeMax, countAccount, noCounts } from './change.ts'
import type { Facts } from './facts.ts'
import { type Bits, deleted, isUnread, noBits, seen } from './flags.ts'
import { bitsOf } from './keyword-work.ts'

export interface NewLetter {
  readonly id: string
  readonly blob: BlobRef
  readonly facts: Facts
  readonly flags: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export interface AppendOrder {
  readonly account: string
  readonly mailbox: string
  readonly letters: readonly NewLetter[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** As `append` for each, and the blobs are retained. @throws Refused as `append` */
export function* appendMany(order: AppendOrder): Work<Appended[]> {
  const { account, mailbox, letters, at } = order
  yield* retainAll(letters.map(({ blob }) => blob))
  const bytes = letters.reduce((sum, { blob }) => sum + blob.size, 0)
  const first = yield* countIn(account, bytes, letters.length)
  const bits = yield* bitsOfAll(account, letters)
  const counts = countsOf(letters, bits)
  const parts = Math.ceil(letters.length / changeMax)
  const last = first + parts - 1
  if (last > first) yield* countAccount(account, last, { messages: 0, bytes: 0 })
  const box = yield* countInMailbox(order, last, counts)
  const appended: Appended[] = []
  for (let part = 0; part < parts; part++) {
    const from = part * changeMax
    const change = { account, modseq: first + part, mailbox, kind: 'added' } as const
    for (const [n, letter] of letters.slice(from, from + changeMax).entries()) {
      const uid = box.first + from + n
      const message = { ...letter, account, mailbox, at, prefix: noPrefix }
      const size = letter.blob.size
      yield* addRows(message, { uid, modseq: change.modseq, size, bits: bits[from + n]! })
      const { name, uid_validity: uidValidity } = box
      appended.push({ ...change, uid, email: letter.id, name, uidValidity })
    }
    const uids = [[box.first + from, appended.at(-1)!.uid]] as const
    yield* addChange({ ...change, uids, at })
  }
  return appended
}

const noPrefix = new Uint8Array(0)

/** Many have the same few flags, or none. */
function* bitsOfAll(account: string, letters: readonly NewLetter[]): Work<Bits[]> {
  const known = new Map<string, Bits>()
  const all: Bits[] = []
  for (const { flags } of letters) {
    const key = flags.join(' ')
    const bits = known.get(key) ?? (flags.length > 0 ? yield* bitsOf(account, flags, true) : noBits)
    known.set(key, bits)
    all.push(bits)
  }
  return all
}

function countsOf(letters: readonly NewLetter[], bits: readonly Bits[]): Counts {
  const counts = noCounts()
  for (const [n, { blob }] of letters.entries()) {
    const flags = Number(bits[n]!.flags)
    counts.messages++
    counts.bytes += blob.size
    if ((flags & seen) === 0) counts.unseen++
    if (isUnread(flags)) counts.unread++
    if (flags & deleted) counts.deleted++
  }
  return counts
}

interface Box {
  readonly first: number
  readonly name: string
  readonly uid_validity: number
}

function* countInMailbox(
  { account, mailbox }: AppendOrder,
  modseq: number,
  { messages, unseen, unread, deleted, bytes }: Counts,
): Work<Box> {
  const box = yield* one<Box>(sql`
    update mailboxes set uid_next = uid_next + ${messages}, modseq = ${modseq},
      messages = messages + ${messages}, unseen = unseen + ${unseen}, unread = unread + ${unread},
      deleted = deleted + ${deleted}, bytes = bytes + ${bytes}
    where account = ${account} and id = ${mailbox}
    returning uid_next - ${messages} as first, name, uid_validity`)
  if (!box) throw new Refused('not-found', `mailbox ${account} ${mailbox}`)
  return box
}
