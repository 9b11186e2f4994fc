// The tests of RFC 5228 §5 and of the extensions, each a function of the run. Knows no action.
import { createHash } from 'node:crypto'
import { splitDetail } from '../message/address.ts'
import { parseDate } from '../message/header-date.ts'
import type { Part } from '../message/structure.ts'
import type { Step } from './compile.ts'
import { datePart, zoneMinutes } from './date-parts.ts'
import { flagList } from './flags.ts'
import { addressParts, capabilities } from './grammar.table.ts'
import { readMailto } from './mailto.ts'
import { matchAny } from './matching.ts'
import { mimeAddresses, mimeExists, mimeValues } from './mime-tests.ts'
import type { Variables } from './variables.ts'
import { type Mark, RunFailed, Unanswered, type World } from './world.ts'

/** A run as its tests see it. */
export interface Run {
  readonly world: World
  readonly variables: Variables
  /** RFC 5232 §2: the flags that keep and fileinto set unless told otherwise. */
  readonly flags: string
  /** RFC 5703 §3: the part that a loop is at. */
  readonly part: Part | undefined
  /** Tests that a user of this room adds to the language. */
  readonly moreTests: Readonly<Record<string, Test>>
  /** RFC 7352: once the message is filed. */
  remember(mark: Mark): void
  /** Counts what matching costs. @throws RunFailed */
  spend(work: number): void
}

export type Test = (run: Run, step: Step) => boolean

const detailSeparator = '+'

/** @throws RunFailed */
export function holds(run: Run, step: Step): boolean {
  run.spend(1)
  const test = table[step.name] ?? run.moreTests[step.name]
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
  exists: (run, step) => {
    const names = texts(run, step, 0)
    if (step.tags.has('mime')) return mimeExists(run, step, names)
    return names.every((name) => run.world.letter.fields(name).length > 0)
  },
  header: (run, step) => {
    const names = texts(run, step, 0)
    const values = step.tags.has('mime')
      ? names.flatMap((name) => mimeValues(run, step, name))
      : names.flatMap((name) => indexed(step, run.world.letter.fields(name)))
    return matches(run, step, values, texts(run, step, 1))
  },
  address: (run, step) => {
    const { letter } = run.world
    const found = texts(run, step, 0).flatMap((name) =>
      step.tags.has('mime')
        ? mimeAddresses(run, step, name)
        : indexed(step, letter.addresses(name)).flat(),
    )
    const values = found.flatMap(({ local, domain }) => addressPart(step, local, domain) ?? [])
    return matches(run, step, values, texts(run, step, 1))
  },
  envelope: (run, step) => {
    const { from, to, auth = '' } = run.world.envelope
    const values = texts(run, step, 0).flatMap((part) => {
      const named = part.toLowerCase()
      if (named === 'auth') return auth === '' ? [] : (addressPartOf(step, auth) ?? [])
      const address = named === 'from' ? from : named === 'to' ? to : null
      if (address === null) return []
      return addressPartOf(step, address) ?? []
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
    const keys = texts(run, step, -1).flatMap((text) => text.trim().split(/\s+/))
    // RFC 5232 §4: a list is its flags, each once; counting has a number for a key.
    return matches(run, step, flagList(given), step.tags.has('count') ? texts(run, step, -1) : keys)
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
      ? letter.rawBody()
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
  // RFC 5463 §4: what changes how a script is read cannot be asked for while it runs.
  ihave: (run, step) =>
    texts(run, step, 0).every(
      (name) => capabilities.includes(name) && !/^(?:variables|encoded-character)$/.test(name),
    ),
  mailboxexists: (run, step) =>
    texts(run, step, 0).every((name) => run.world.mailboxes.has(canonical(name))),
  mailboxidexists: (run, step) =>
    texts(run, step, 0).every((id) => run.world.mailboxIds?.has(id) ?? false),
  specialuse_exists: (run, step) => {
    const mailbox = step.values.length === 2 ? texts(run, step, 0)[0] : undefined
    return texts(run, step, -1).every((use) => {
      const names = run.world.specialUses?.get(use.toLowerCase()) ?? []
      return mailbox === undefined ? names.length > 0 : names.includes(canonical(mailbox))
    })
  },
  duplicate: isDuplicate,
  spamtest: (run, step) => {
    const { spamPercent } = run.world
    const ten = Math.min(10, Math.max(1, Math.round((spamPercent ?? 0) / 10)))
    // RFC 5235 §2.1: 0 where nobody judged it, else 1 to 10; by §2.2 0 to 100.
    const shown = spamPercent === undefined ? 0 : step.tags.has('percent') ? spamPercent : ten
    return matches(run, step, [String(shown)], texts(run, step, 0))
  },
  valid_notify_method: (run, step) =>
    texts(run, step, 0).every((url) => typeof readMailto(url) !== 'string'),
  notify_method_capability: (run, step) => {
    const [url = ''] = texts(run, step, 0)
    const [capability = ''] = texts(run, step, 1)
    const known = capability.toLowerCase() === 'online' && typeof readMailto(url) !== 'string'
    // RFC 5436 §2.2: nobody knows whether somebody reads mail now.
    return matches(run, step, known ? ['maybe'] : [], texts(run, step, 2))
  },
}

const duplicateSeconds = 7 * 86_400
const duplicateSecondsMax = 90 * 86_400

/** RFC 7352 §3: what is empty is never the same as another. */
function isDuplicate(run: Run, step: Step): boolean {
  const { tags } = step
  const one = (tag: string) => {
    const value = tags.get(tag)
    return typeof value === 'object' ? run.variables.expand(value[0] ?? '') : undefined
  }
  const unique = one('uniqueid')
  const header = one('header') ?? 'message-id'
  const value = unique ?? run.world.letter.fields(header)[0] ?? ''
  if (value === '') return false
  const kind = unique === undefined ? header.toLowerCase() : ''
  const words = JSON.stringify([one('handle') ?? '', kind, value])
  const mark = createHash('sha256').update(words).digest('hex').slice(0, 40)
  const seen = run.world.seen ? run.world.seen(mark) : false
  if (seen === undefined) throw new Unanswered(mark)
  const asked = tags.get('seconds')
  const seconds = Math.min(
    typeof asked === 'number' ? asked : duplicateSeconds,
    duplicateSecondsMax,
  )
  if (!seen || tags.has('last')) run.remember({ mark, seconds })
  return seen
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
  // RFC 5173 §6: a body sets no match variables.
  if (found && step.name !== 'body') run.variables.matched(found)
  return matched
}

/** RFC 5260 §6: one of the fields of a name only. */
function indexed<T>({ tags }: Step, list: readonly T[]): readonly T[] {
  const index = tags.get('index')
  if (typeof index !== 'number') return list
  const at = tags.has('last') ? list.length - index : index - 1
  return at >= 0 && at < list.length ? [list[at]!] : []
}

function addressPartOf(step: Step, address: string): string | undefined {
  const at = address.lastIndexOf('@')
  if (at < 0) return addressPart(step, address, '')
  return addressPart(step, address.slice(0, at), address.slice(at + 1))
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
