// Whether any of some values matches any of some keys: RFC 5228 §2.7, RFC 5231. Knows where
// neither comes from.
import { type Comparator, toComparator } from './comparators.ts'
import type { Step } from './compile.ts'
import { glob } from './glob.ts'
import { matchTypes } from './grammar.table.ts'
import { compileRegex, matchRegex } from './regex.ts'

export interface Match {
  readonly matched: boolean
  /** What the wildcards stand for, where there were any: RFC 5229 §3.2. */
  readonly found?: readonly string[]
}

export function matchAny(
  { tags }: Step,
  values: readonly string[],
  keys: readonly string[],
): Match {
  const [name] = textTag(tags.get('comparator'), 'i;ascii-casemap')
  const comparator = toComparator(name) ?? toComparator('i;ascii-casemap')!
  const type = matchTypes.find((each) => tags.has(each)) ?? 'is'
  if (type === 'count') {
    const [relation] = textTag(tags.get('count'), 'eq')
    const count = String(values.length)
    return { matched: keys.some((key) => related(comparator.order(count, key), relation)) }
  }
  if (type === 'value') {
    const [relation] = textTag(tags.get('value'), 'eq')
    return { matched: some(values, keys, (v, k) => related(comparator.order(v, k), relation)) }
  }
  if (type === 'is' || type === 'contains')
    return { matched: plain(type, comparator, values, keys) }
  return wild(type, { name, comparator }, values, keys)
}

function textTag(value: readonly string[] | number | true | undefined, usual: string): [string] {
  return [typeof value === 'object' ? (value[0] ?? usual) : usual]
}

function some(
  values: readonly string[],
  keys: readonly string[],
  fits: (value: string, key: string) => boolean,
): boolean {
  return values.some((value) => keys.some((key) => fits(value, key)))
}

function plain(
  type: 'is' | 'contains',
  { fold }: Comparator,
  values: readonly string[],
  keys: readonly string[],
): boolean {
  const wanted = keys.map((key) => fold(key) ?? key)
  return values.some((value) => {
    const text = fold(value) ?? value
    return wanted.some((key) => (type === 'is' ? text === key : text.includes(key)))
  })
}

function wild(
  type: 'matches' | 'regex',
  { name, comparator }: { name: string; comparator: Comparator },
  values: readonly string[],
  keys: readonly string[],
): Match {
  for (const value of values) {
    for (const key of keys) {
      const found = type === 'matches' ? globbed(comparator, key, value) : ruled(name, key, value)
      if (found) return { matched: true, found }
    }
  }
  return { matched: false }
}

function globbed({ fold }: Comparator, key: string, value: string): string[] | undefined {
  const text = fold(value) ?? value
  return glob(fold(key) ?? key, text, text.length === value.length ? value : text)
}

function ruled(comparator: string, key: string, value: string): string[] | undefined {
  const regex = compileRegex(key)
  if (typeof regex === 'string') return undefined
  return matchRegex(regex, value, comparator !== 'i;octet')
}

function related(order: number, relation: string): boolean {
  switch (relation.toLowerCase()) {
    case 'gt':
      return order > 0
    case 'ge':
      return order >= 0
    case 'lt':
      return order < 0
    case 'le':
      return order <= 0
    case 'ne':
      return order !== 0
    default:
      return order === 0
  }
}
