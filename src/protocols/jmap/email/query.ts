// The results of an Email/query, RFC 8621 §4.4. What is asked for by date, as most lists are, is
// looked at in an order that is kept, and no further than the client wants to see.
import { type Args, isObject, type Json } from '../args.ts'
import type { Rooms } from '../call.ts'
import type { Access } from '../sharing/access.ts'
import type { DateKey, View } from '../view.ts'
import { EmailFilter } from './query-filter.ts'
import { ordered } from './query-order.ts'

/** Ids in order: all of them, or at least the first `upTo`. @throws MethodError */
export async function queriedEmails(
  rooms: Rooms,
  access: Access,
  args: Args,
  upTo = Number.POSITIVE_INFINITY,
): Promise<readonly string[]> {
  const { account } = access
  const { view } = await rooms.views.of(account)
  const names = await rooms.messages.flagNames(account)
  const sees = seesIn(view, access)
  const ports = { rooms, account, view, names, sees }
  const filter = args.object('filter')
  const readable = (mailbox: string) => access.reads(mailbox)
  const test = await new EmailFilter({ ...ports, readable }).test(filter)
  const fits = (at: number) => sees(at) && test(at)
  const date = dateOrder(args)
  const candidates = date
    ? inOrder(view.oldestFirst(date.by, mailboxIn(filter, view)), date.ascending)
    : await ordered(ports, view.indexes().filter(fits), args.objects('sort') ?? [])
  return collected(view, candidates, { fits, collapse: args.boolean('collapseThreads'), upTo })
}

/** Emails that are there, in a mailbox that may be read. */
function seesIn(view: View, access: Access): (at: number) => boolean {
  if (access.isOwn) return (at) => view.isThere(at)
  return (at) => view.boxes[at]!.some((box) => access.reads(view.mailboxes[box]!))
}

interface Wish {
  readonly fits: (at: number) => boolean
  readonly collapse: boolean
  readonly upTo: number
}

function collected(
  view: View,
  candidates: Iterable<number>,
  { fits, collapse, upTo }: Wish,
): readonly string[] {
  const threads = new Set<number>()
  const ids: string[] = []
  for (const at of candidates) {
    if (ids.length >= upTo) break
    if (!fits(at) || (collapse && threads.has(view.thread[at]!))) continue
    if (collapse) threads.add(view.thread[at]!)
    ids.push(view.email[at]!)
  }
  return ids
}

/** By one date alone. */
function dateOrder(args: Args): { readonly by: DateKey; readonly ascending: boolean } | undefined {
  const [first, ...others] = args.objects('sort') ?? []
  if (!first) return { by: 'receivedAt', ascending: false }
  const { property: by } = first
  if (others.length > 0 || (by !== 'receivedAt' && by !== 'sentAt')) return undefined
  return { by, ascending: first.isAscending !== false }
}

/** The mailbox outside which nothing can fit; undefined where that may be anywhere. */
function mailboxIn(filter: Json | undefined, view: View): number | undefined {
  const { inMailbox, operator } = filter ?? {}
  if (operator !== undefined || typeof inMailbox !== 'string') return undefined
  const box = view.boxOf(inMailbox)
  return box < 0 ? undefined : box
}

function* inOrder(oldestFirst: readonly number[], ascending: boolean): Generator<number> {
  const { length } = oldestFirst
  for (let n = 0; n < length; n++) yield oldestFirst[ascending ? n : length - 1 - n]!
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
