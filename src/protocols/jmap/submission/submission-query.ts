// Which submissions fit a filter, and in which order: RFC 8621 §7.3.
import type { KeptRecord } from '../../../accounts/records.ts'
import { type Args, isObject, type Json } from '../args.ts'
import { MethodError } from '../errors.ts'
import type { Submission } from './submissions.ts'

type Test = (kept: Submission) => boolean

const depthMax = 20

/** Ids in order. @throws MethodError */
export function queriedSubmissions(args: Args, all: readonly KeptRecord[]): readonly string[] {
  const filter = args.object('filter')
  const test = filter ? testOf(filter, 0) : () => true
  const found = all.filter(({ value }) => test(value as unknown as Submission))
  const orders = (args.objects('sort') ?? []).map(orderOf)
  const sorted = found.toSorted((a, b) => {
    for (const order of orders) {
      const difference = order(a, b)
      if (difference !== 0) return difference
    }
    return a.id < b.id ? -1 : 1
  })
  return sorted.map(({ id }) => id)
}

function testOf(filter: Json, depth: number): Test {
  if (depth > depthMax) throw new MethodError('unsupportedFilter', 'too deep')
  if ('operator' in filter) {
    const { operator, conditions } = filter
    if (!Array.isArray(conditions) || !conditions.every(isObject))
      throw new MethodError('invalidArguments', 'conditions')
    const tests = conditions.map((each) => testOf(each, depth + 1))
    if (operator === 'AND') return (kept) => tests.every((test) => test(kept))
    if (operator === 'OR') return (kept) => tests.some((test) => test(kept))
    if (operator === 'NOT') return (kept) => !tests.some((test) => test(kept))
    throw new MethodError('invalidArguments', 'operator')
  }
  const tests = Object.entries(filter).map(([name, value]) => conditionOf(name, value))
  return (kept) => tests.every((test) => test(kept))
}

function conditionOf(name: string, value: unknown): Test {
  const lists = { identityIds: 'identityId', emailIds: 'emailId', threadIds: 'threadId' } as const
  if (name in lists && Array.isArray(value)) {
    const property = lists[name as keyof typeof lists]
    return (kept) => value.includes(kept[property])
  }
  if (name === 'undoStatus' && typeof value === 'string') return (kept) => kept.undoStatus === value
  const ms = Date.parse(String(value))
  if (name === 'before' && !Number.isNaN(ms)) return (kept) => kept.sendAt < ms
  if (name === 'after' && !Number.isNaN(ms)) return (kept) => kept.sendAt >= ms
  const known = name in lists || /^(?:undoStatus|before|after)$/.test(name)
  throw new MethodError(known ? 'invalidArguments' : 'unsupportedFilter', name.slice(0, 100))
}

function orderOf({ property, isAscending }: Json): (a: KeptRecord, b: KeptRecord) => number {
  const sign = isAscending === false ? -1 : 1
  const name = property === 'sentAt' ? 'sendAt' : property
  if (name !== 'sendAt' && name !== 'emailId' && name !== 'threadId')
    throw new MethodError('unsupportedSort', String(property).slice(0, 100))
  return (one, other) => {
    const [a, b] = [one.value[name] as string, other.value[name] as string]
    return a < b ? -sign : a > b ? sign : 0
  }
}
