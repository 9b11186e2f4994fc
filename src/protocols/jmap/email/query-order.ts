// In which order emails are told, RFC 8621 §4.4.2.
import { cutMark } from '../../../mailbox/facts.ts'
import type { FlagNames } from '../../../mailbox/flags.ts'
import { rangesOf } from '../../../mailbox/uid-set.ts'
import type { Json } from '../args.ts'
import type { Rooms } from '../call.ts'
import { MethodError } from '../errors.ts'
import { flagOf } from '../keywords.ts'
import type { View } from '../view.ts'
import { keywordTest } from './query-filter.ts'

type Compare = (a: number, b: number) => number

interface Ports {
  readonly rooms: Rooms
  readonly account: string
  readonly view: View
  readonly names: FlagNames
  readonly sees: (at: number) => boolean
}

const criteriaMax = 10

/** The indexes in order. @throws MethodError 'unsupportedSort' */
export async function ordered(
  ports: Ports,
  found: readonly number[],
  sort: readonly Json[],
): Promise<readonly number[]> {
  if (sort.length > criteriaMax) throw new MethodError('unsupportedSort')
  const { view } = ports
  const compares: Compare[] = []
  for (const criterion of sort) {
    const sign = criterion.isAscending === false ? -1 : 1
    const compare = await compareOf(ports, found, criterion)
    compares.push((a, b) => sign * compare(a, b))
  }
  if (sort.length === 0) compares.push((a, b) => view.receivedAt[b]! - view.receivedAt[a]!)
  return found.toSorted((a, b) => {
    for (const compare of compares) {
      const difference = compare(a, b)
      if (difference !== 0) return difference
    }
    // Ids grow with time: of those that are equal the newest is first.
    return view.email[a]! < view.email[b]! ? 1 : -1
  })
}

async function compareOf(
  ports: Ports,
  found: readonly number[],
  criterion: Json,
): Promise<Compare> {
  const { view, names, sees } = ports
  const { property, keyword } = criterion
  switch (property) {
    case 'receivedAt':
    case 'sentAt':
    case 'size': {
      const values = view[property]
      return (a, b) => values[a]! - values[b]!
    }
    case 'subject':
    case 'from':
    case 'to': {
      const keys = await keysOf(ports, found, property)
      return (a, b) => compareText(keys.get(a) ?? '', keys.get(b) ?? '')
    }
    case 'hasKeyword':
    case 'allInThreadHaveKeyword':
    case 'someInThreadHaveKeyword': {
      if (typeof keyword !== 'string')
        throw new MethodError('invalidArguments', 'keyword', { arguments: ['sort'] })
      const has = keywordTest(view, names.find(flagOf(keyword)))
      const thread = (at: number) => (view.threads.get(view.thread[at]!) ?? []).filter(sees)
      const test = {
        hasKeyword: has,
        allInThreadHaveKeyword: (at: number) => thread(at).every(has),
        someInThreadHaveKeyword: (at: number) => thread(at).some(has),
      }[property]
      return (a, b) => Number(test(a)) - Number(test(b))
    }
    default:
      throw new MethodError('unsupportedSort', String(property).slice(0, 100))
  }
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

async function keysOf(
  { rooms, account, view }: Ports,
  found: readonly number[],
  property: 'subject' | 'from' | 'to',
): Promise<ReadonlyMap<number, string>> {
  const column = property === 'subject' ? 'subject' : 'heads'
  const keyOf = property === 'subject' ? (text: string) => text : personKey(property)
  const keys = new Map<number, string>()
  for (const [mailbox, indexes] of Map.groupBy(found, (at) => view.placeOf(at).mailbox)) {
    const byUid = new Map(indexes.map((at) => [view.uid[at]!, at]))
    const uids = rangesOf([...byUid.keys()].sort((a, b) => a - b))
    const place = { account, mailbox }
    for await (const rows of rooms.messages.fetch(place, uids, ['uid', column]))
      for (const [uid, text] of rows as unknown as readonly (readonly [number, string])[])
        keys.set(byUid.get(uid)!, keyOf(text).toUpperCase())
  }
  return keys
}

/** RFC 8621 §4.4.2: the name of the first, or the address where there is none. */
function personKey(property: 'from' | 'to'): (heads: string) => string {
  const line = property === 'from' ? 0 : 1
  return (heads) => {
    const text = heads.replace(cutMark, '').split('\n', 3)[line] ?? ''
    const [, name = '', address = ''] = /^([^<]*)<([^>]*)>/.exec(text) ?? []
    return name.trim() || address
  }
}
