// Which mailboxes fit a filter, and in which order: RFC 8621 §2.3.
import { type Args, isObject, type Json } from './args.ts'
import { MethodError } from './errors.ts'

type Boxes = ReadonlyMap<string, Json>

/** Ids in order. @throws MethodError */
export function queriedMailboxes(args: Args, boxes: Boxes): readonly string[] {
  const filter = args.object('filter')
  const fits = filter ? testOf(filter, 0) : () => true
  const order = comparatorOf(args)
  const [asTree, filterAsTree] = [args.boolean('sortAsTree'), args.boolean('filterAsTree')]
  const fitting = new Map([...boxes].filter(([, box]) => fits(box)))
  const kept = filterAsTree ? treeOnly(fitting) : fitting
  const sorted = [...kept.values()].sort(order)
  return asTree ? inTree(sorted, boxes, order) : sorted.map(({ id }) => id as string)
}

const depthMax = 20

function testOf(filter: Json, depth: number): (box: Json) => boolean {
  if (depth > depthMax) throw new MethodError('unsupportedFilter', 'too deep')
  if ('operator' in filter) {
    const given = filter.conditions
    if (!Array.isArray(given) || !given.every(isObject))
      throw new MethodError('invalidArguments', 'conditions')
    const tests = given.map((each) => testOf(each, depth + 1))
    if (filter.operator === 'AND') return (box) => tests.every((test) => test(box))
    if (filter.operator === 'OR') return (box) => tests.some((test) => test(box))
    if (filter.operator === 'NOT') return (box) => !tests.some((test) => test(box))
    throw new MethodError('invalidArguments', 'operator')
  }
  const tests = Object.entries(filter).map(([name, value]) => conditionOf(name, value))
  return (box) => tests.every((test) => test(box))
}

function conditionOf(name: string, value: unknown): (box: Json) => boolean {
  const text = typeof value === 'string' ? value : undefined
  switch (name) {
    case 'parentId':
    case 'role':
      if (value !== null && text === undefined) break
      return (box) => box[name] === value
    case 'name':
      if (text === undefined) break
      return (box) => String(box.name).toLowerCase().includes(text.toLowerCase())
    case 'hasAnyRole':
      return (box) => (box.role !== null) === value
    case 'isSubscribed':
      return (box) => box.isSubscribed === value
    default:
      throw new MethodError('unsupportedFilter', name.slice(0, 100))
  }
  throw new MethodError('invalidArguments', name)
}

type Order = (a: Json, b: Json) => number

function comparatorOf(args: Args): Order {
  const given = args.objects('sort') ?? []
  const orders = given.map(({ property, isAscending = true }): Order => {
    const sign = isAscending === false ? -1 : 1
    if (property === 'sortOrder')
      return (a, b) => sign * ((a.sortOrder as number) - (b.sortOrder as number))
    if (property === 'name')
      return (a, b) => sign * compare(String(a.name).toLowerCase(), String(b.name).toLowerCase())
    throw new MethodError('unsupportedSort', String(property).slice(0, 100))
  })
  return (a, b) => {
    for (const order of orders) {
      const difference = order(a, b)
      if (difference !== 0) return difference
    }
    return compare(String(a.id), String(b.id))
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Those all of whose ancestors fit, too. */
function treeOnly(fitting: Boxes): Map<string, Json> {
  const whole = (box: Json): boolean => {
    if (box.parentId === null) return true
    const parent = fitting.get(box.parentId as string)
    return parent !== undefined && whole(parent)
  }
  return new Map([...fitting].filter(([, box]) => whole(box)))
}

/** Each below its parent, siblings in their order; of those left out the order still counts. */
function inTree(sorted: readonly Json[], boxes: Boxes, order: Order): readonly string[] {
  const children = Map.groupBy([...boxes.values()].sort(order), ({ parentId }) => parentId)
  const wanted = new Set(sorted.map(({ id }) => id as string))
  const ids: string[] = []
  const visit = (parent: string | null) => {
    for (const { id } of children.get(parent) ?? []) {
      if (wanted.has(id as string)) ids.push(id as string)
      visit(id as string)
    }
  }
  visit(null)
  return ids
}
