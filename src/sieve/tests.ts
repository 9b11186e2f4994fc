// The tests of RFC 5228 §5 and of the extensions, each a function of the run. Knows no action.
import { splitDetail } from '../message/address.ts'
import { parseDate } from '../message/header-date.ts'
import type { Step } from './compile.ts'
import { datePart, zoneMinutes } from './date-parts.ts'
import { addressParts, capabilities } from './grammar.table.ts'
import { matchAny } from './matching.ts'
import type { Variables } from './variables.ts'
import { RunFailed, type World } from './world.ts'

/** A run as its tests see it. */
export interface Run {
  readonly world: World
  readonly variables: Variables
  /** RFC 5232 §2: the flags that keep and fileinto set unless told otherwise. */
  readonly flags: string
  /** Counts what matching costs. @throws RunFailed */
  spend(work: number): void
}

type Test = (run: Run, step: Step) => boolean

const detailSeparator = '+'

/** @throws RunFailed */
export function holds(run: Run, step: Step): boolean {
  run.spend(1)
  const test = table[step.name]
  if (!test) throw new RunFailed(`line ${step.line}: the test ${step.name} is missing`)
  return test(run, step)
}

const table: Readonly<Record<string, Test>> = {
  true: () => true,
  false: () => false,
  not: (run, { tests: [inner] }) => inner !== undefined && !holds(run, inner),
  anyof: (run, { tests }) => tests.some((inner) => holds(run, inner)),
  allof: (run, { tests }) => tests.every((inner) => holds(run, inner)),
  size: ({ world }, { tags, values: [limit = 0] }) =>
    tags.has('over') ? world.letter.size > Number(limit) : world.letter.size < Number(limit),
  exists: (run, step) =>
    texts(run, step, 0).every((name) => run.world.letter.fields(name).length > 0),
  header: (run, step) => {
    const names = texts(run, step, 0)
    const values = names.flatMap((name) => indexed(step, run.world.letter.fields(name)))
    return matches(run, step, values, texts(run, step, 1))
  },
  address: (run, step) => {
    const { letter } = run.world
    const found = texts(run, step, 0).flatMap((name) =>
      indexed(step, letter.addresses(name)).flat(),
    )
    const values = found.flatMap(({ local, domain }) => addressPart(step, local, domain) ?? [])
    return matches(run, step, values, texts(run, step, 1))
  },
  envelope: (run, step) => {
    const { from, to } = run.world.envelope
    const values = texts(run, step, 0).flatMap((part) => {
      const address = part.toLowerCase() === 'from' ? from : part.toLowerCase() === 'to' ? to : null
      if (address === null) return []
      const at = address.lastIndexOf('@')
      const [local, domain] = at < 0 ? [address, ''] : [address.slice(0, at), address.slice(at + 1)]
      return addressPart(step, local, domain) ?? []
    })
    return matches(run, step, values, texts(run, step, 1))
  },
  string: (run, step) => {
    const given = texts(run, step, 0)
    // RFC 5229 §5: counting leaves empty strings out.
    const values = step.tags.has('count') ? given.filter((text) => text !== '') : given
    return matches(run, step, values, texts(run, step, 1))
  },
  hasflag: (run, step) => {
    const named = step.values.length === 2 ? texts(run, step, 0) : undefined
    const given = named ? named.map((name) => run.variables.get(name)) : [run.flags]
    const values = given.flatMap((list) => list.split(' ')).filter((flag) => flag !== '')
    return matches(run, step, values, texts(run, step, -1))
  },
  date: (run, step) => {
    const [name = ''] = texts(run, step, 0)
    const [part = ''] = texts(run, step, 1)
    const [field] = indexed(step, run.world.letter.fields(name).slice(0, indexMax))
    const written = field?.slice(field.lastIndexOf(';') + 1) ?? ''
    const ms = parseDate(written)
    if (ms === null) return matches(run, step, [], texts(run, step, 2))
    const original = /[+-]\d{4}/.exec(written)?.[0] ?? '+0000'
    const zone = step.tags.has('originalzone') ? zoneMinutes(original) : zoneOf(run, step)
    return matches(run, step, partOf(ms, zone, part), texts(run, step, 2))
  },
  currentdate: (run, step) => {
    const [part = ''] = texts(run, step, 0)
    const values = partOf(run.world.now, zoneOf(run, step), part)
    return matches(run, step, values, texts(run, step, 1))
  },
  body: (run, step) => {
    const { letter } = run.world
    const types = step.tags.get('content')
    const values = step.tags.has('raw')
      ? [letter.rawBody()]
      : typeof types === 'object'
        ? letter.contents(types)
        : letter.texts()
    return matches(run, step, values, texts(run, step, 0))
  },
  environment: (run, step) => {
    const [name = ''] = texts(run, step, 0)
    const value = run.world.environment.get(name.toLowerCase())
    return value !== undefined && matches(run, step, [value], texts(run, step, 1))
  },
  ihave: (run, step) => texts(run, step, 0).every((name) => capabilities.includes(name)),
  mailboxexists: (run, step) =>
    texts(run, step, 0).every((name) => run.world.mailboxes.has(canonical(name))),
}

const indexMax = 1_000

/** INBOX has one name in any case: RFC 9051 §5.1. */
export function canonical(mailbox: string): string {
  return mailbox.toUpperCase() === 'INBOX' ? 'INBOX' : mailbox
}

/** The strings of a positional argument with their variables; -1 is the last one. */
export function texts({ variables }: Run, { values }: Step, n: number): readonly string[] {
  const value = values.at(n)
  return typeof value === 'object' ? value.map((text) => variables.expand(text)) : []
}

function matches(
  run: Run,
  step: Step,
  values: readonly string[],
  keys: readonly string[],
): boolean {
  const length = values.reduce((sum, value) => sum + value.length + 1, 0)
  const wild = step.tags.has('matches') || step.tags.has('regex')
  const pattern = keys.reduce((sum, key) => sum + key.length + 1, 0)
  run.spend(length * (wild ? pattern : keys.length))
  const { matched, found } = matchAny(step, values, keys)
  if (found) run.variables.matched(found)
  return matched
}

/** RFC 5260 §6: one of the fields of a name only. */
function indexed<T>({ tags }: Step, list: readonly T[]): readonly T[] {
  const index = tags.get('index')
  if (typeof index !== 'number') return list
  const at = tags.has('last') ? list.length - index : index - 1
  return at >= 0 && at < list.length ? [list[at]!] : []
}

/** RFC 5228 §2.7.4 and RFC 5233 §4; undefined where there is no such part. */
function addressPart({ tags }: Step, local: string, domain: string): string | undefined {
  const part = addressParts.find((each) => tags.has(each)) ?? 'all'
  if (part === 'localpart') return local
  if (part === 'domain') return domain
  if (part === 'all') return domain === '' ? local : `${local}@${domain}`
  const { user, detail } = splitDetail(local, detailSeparator)
  if (part === 'user') return user
  return user.length === local.length ? undefined : detail
}

function zoneOf({ world, variables }: Run, { tags }: Step): number | undefined {
  const zone = tags.get('zone')
  return typeof zone === 'object' ? zoneMinutes(variables.expand(zone[0] ?? '')) : world.zone
}

function partOf(ms: number, zone: number | undefined, part: string): readonly string[] {
  const value = zone === undefined ? undefined : datePart(ms, zone, part)
  return value === undefined ? [] : [value]
}
