// Reads of messages just the columns that are asked for: lists of messages are read by ten
// thousands, and most of what is kept of each is not wanted.
import { columns, reading, sql, type Value, type Work } from '../store/sql.ts'
import { isOne, mergedRanges, overSlice, slicesOf, type UidRange } from './uid-set.ts'

const expressions = {
  uid: 'm.uid',
  flags: 'm.flags',
  more: 'm.more',
  modseq: 'm.modseq',
  receivedAt: 'm.received_at',
  savedAt: 'm.saved_at',
  size: 'm.size',
  email: 'm.email',
  thread: 'm.thread',
  envelope: 'e.envelope',
  structure: 'e.structure',
  fields: 'e.fields',
  digest: 'e.digest',
  subject: 'k.subject',
  heads: 'k.heads',
  links: 'k.links',
  prefix: 'e.prefix',
  segment: 'e.blob_segment',
  start: 'e.blob_start',
  blobSize: 'e.blob_size',
} as const

const joins = [
  ['e.', 'join emails e on e.account = m.account and e.id = m.email'],
  ['k.', 'join email_keys k on k.account = m.account and k.email = m.email'],
] as const

export type FetchColumn = keyof typeof expressions

/** Whether all of these are in small rows, so that many can be read at once. */
export function areSmall(columns: readonly FetchColumn[]): boolean {
  return columns.every((name) => !expressions[name].startsWith('e.'))
}

/** The values of one message, in the order of the columns that were asked for. */
export type FetchRow = readonly Value[]

export interface FetchOrder {
  readonly account: string
  readonly mailbox: string
  readonly uids: readonly UidRange[]
  readonly columns: readonly FetchColumn[]
  readonly limit: number
}

export const fetchRows = reading('mailbox.fetch', function* (order: FetchOrder): Work<FetchRow[]> {
  const { account, mailbox, limit } = order
  const wanted = order.columns.map((name) => expressions[name])
  const from = ['from messages m']
  for (const [prefix, join] of joins)
    if (wanted.some((expression) => expression.startsWith(prefix))) from.push(join)
  const head = {
    text: `select ${wanted.join(', ')} ${from.join(' ')} where m.account = ? and m.mailbox = ? and`,
    values: [account, mailbox],
  }
  const rows: FetchRow[] = []
  for (const slice of slicesOf(mergedRanges(order.uids))) {
    const left = limit - rows.length
    if (left === 0) break
    // One message needs no order, which SQLite would prepare for.
    const tail = isOne(slice) ? sql`` : sql`order by m.uid limit ${left}`
    rows.push(...(yield* columns<FetchRow>(overSlice(head, slice, tail, 'm.uid'))))
  }
  return rows
})
