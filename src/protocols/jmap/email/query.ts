// The results of an Email/query, RFC 8621 §4.4. The list that most clients look at, one mailbox by
// date, comes from the mailbox's own columns in an order that is kept.
import { deleted } from '../../../mailbox/flags.ts'
import type { MailboxColumns } from '../../../mailbox/mailbox-columns.ts'
import { type Args, isObject, type Json } from '../args.ts'
import type { Rooms } from '../call.ts'
import { EmailFilter } from './query-filter.ts'
import { ordered } from './query-order.ts'

/** Ids in order: all of them, or at least the first `upTo`. @throws MethodError */
export async function queriedEmails(
  rooms: Rooms,
  account: string,
  args: Args,
  upTo = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  const plain = plainList(args)
  const collapse = args.boolean('collapseThreads')
  if (plain) return plainEmails(rooms, account, { ...plain, collapse, upTo })
  const { view } = await rooms.views.of(account)
  const names = await rooms.messages.flagNames(account)
  const ports = { rooms, account, view, names }
  const test = await new EmailFilter(ports).test(args.object('filter'))
  const found = [...view.email.keys()].filter(test)
  const sorted = await ordered(ports, found, args.objects('sort') ?? [])
  const threads = new Set<number>()
  const ids: string[] = []
  for (const at of sorted) {
    if (collapse && threads.has(view.thread[at]!)) continue
    if (collapse) threads.add(view.thread[at]!)
    ids.push(view.email[at]!)
  }
  return ids
}

type DateKey = 'receivedAt' | 'sentAt'

interface PlainList {
  readonly mailbox: string
  readonly by: DateKey
  readonly ascending: boolean
}

/** A query of one mailbox by one date. */
function plainList(args: Args): PlainList | undefined {
  const filter = args.object('filter')
  const [first, ...others] = args.objects('sort') ?? []
  const one = filter && Object.keys(filter).length === 1 && typeof filter.inMailbox === 'string'
  if (!one || others.length > 0) return undefined
  const by = first ? first.property : 'receivedAt'
  if (by !== 'receivedAt' && by !== 'sentAt') return undefined
  const ascending = first !== undefined && first.isAscending !== false
  return { mailbox: filter.inMailbox as string, by, ascending }
}

async function plainEmails(
  { messages }: Rooms,
  account: string,
  list: PlainList & { readonly collapse: boolean; readonly upTo: number },
): Promise<readonly string[]> {
  const { mailbox, by, ascending, collapse, upTo } = list
  const columns = await messages.columns.of({ account, mailbox })
  const order = newestFirst(columns, by)
  const ids = new Set<string>()
  const threads = new Set<number>()
  for (let n = 0; n < order.length && ids.size < upTo; n++) {
    const at = order[ascending ? order.length - 1 - n : n]!
    if (columns.flags[at]! & deleted) continue
    if (collapse) {
      const thread = columns.thread[at]!
      if (threads.has(thread)) continue
      threads.add(thread)
    }
    ids.add(columns.email[at]!)
  }
  return [...ids]
}

function newestFirst(columns: MailboxColumns, by: DateKey): Uint32Array {
  const name = `newest by ${by}`
  const known = columns.order(name)
  if (known) return known
  const values = columns[by]
  const order = Uint32Array.from(values.keys()).sort((a, b) => {
    const difference = values[b]! - values[a]!
    if (difference !== 0) return difference
    return columns.email[a]! < columns.email[b]! ? 1 : -1
  })
  columns.keepOrder(name, order)
  return order
}

/** Whether the place of an email may hang on others of its thread. */
export function looksAtThreads(args: Args): boolean {
  const asks = (value: unknown): boolean =>
    Array.isArray(value)
      ? value.some(asks)
      : isObject(value) &&
        Object.entries(value).some(
          ([name, each]) =>
            /InThreadHaveKeyword$/.test(name) ||
            /InThreadHaveKeyword$/.test(String((value as Json).property)) ||
            asks(each),
        )
  return args.boolean('collapseThreads') || asks(args.given.filter) || asks(args.given.sort)
}
