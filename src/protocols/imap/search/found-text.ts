// What was found, as it is said: RFC 9051 §7.3.4 ESEARCH, RFC 3501 §7.2.5 SEARCH, RFC 5256 §4 SORT.
import { rangesOf, uidText } from '../../../mailbox/uid-set.ts'
import type { Numbers } from '../numbers.ts'
import { type PartialRange, positionsOf } from './partial-range.ts'
import type { Returns } from './search-command.ts'

/** UIDs in the order of the answer. */
export interface Found {
  readonly uids: readonly number[]
  /** RFC 7162 §3.1.5: of each, where the search was for modseqs. */
  readonly modseqOf?: (uid: number) => number
}

export interface FoundOptions {
  readonly tag: string
  readonly byUid: boolean
  readonly numbers: Numbers
  /** RFC 7377 §2.1: where it was found, for a search of several mailboxes. */
  readonly where?: string
}

/** `* SEARCH 2 84 882 (MODSEQ 917162500)`, with its line end. */
export function searchLine(word: 'SEARCH' | 'SORT', found: Found, options: FoundOptions): string {
  const numbers = said(found.uids, options)
  const modseq = numbers.length > 0 ? highest(found.uids, found.modseqOf) : undefined
  const end = modseq === undefined ? '' : ` (MODSEQ ${modseq})`
  return `* ${word}${numbers.length > 0 ? ` ${numbers.join(' ')}` : ''}${end}\r\n`
}

/**
 * `* ESEARCH (TAG "A285") UID MIN 7 MAX 3800`, with its line end. RFC 5182 §2.1: nothing where the
 * result is to be saved only.
 */
export function esearchLine(found: Found, returns: Returns, options: FoundOptions): string {
  if (returns.options.has('SAVE') && returns.options.size === 1 && !returns.partial) return ''
  const { where = '' } = options
  const words = [`* ESEARCH (TAG ${quotedTag(options.tag)}${where})`]
  if (options.byUid) words.push('UID')
  const { uids } = found
  const has = (option: 'MIN' | 'MAX' | 'ALL' | 'COUNT') => returns.options.has(option)
  const told: number[] = []
  if (uids.length > 0) {
    if (has('MIN')) words.push(`MIN ${one(least(uids), options, told)}`)
    if (has('MAX')) words.push(`MAX ${one(greatest(uids), options, told)}`)
    if (has('ALL')) words.push(`ALL ${setText(uids, options)}`)
  }
  if (has('COUNT')) words.push(`COUNT ${uids.length}`)
  const part = returns.partial && partOf(uids, returns.partial)
  if (part)
    words.push(`PARTIAL (${partialText(returns.partial)} ${setText(part, options) || 'NIL'})`)
  // RFC 7162 §3.1.10: of what is told, or of all where all are told or counted.
  const whole = has('ALL') || has('COUNT')
  const modseq = highest(whole ? uids : [...told, ...(part ?? [])], found.modseqOf)
  if (modseq !== undefined) words.push(`MODSEQ ${modseq}`)
  return `${words.join(' ')}\r\n`
}

export function quotedTag(tag: string): string {
  return `"${tag.replace(/["\\]/g, '\\$&')}"`
}

/** RFC 5182 §2.1: what "$" is after this; undefined where nothing is saved. */
export function savedOf({ uids }: Found, returns: Returns): readonly number[] | undefined {
  if (!returns.options.has('SAVE')) return undefined
  const ends = (['MIN', 'MAX'] as const).filter((option) => returns.options.has(option))
  const whole = returns.options.has('ALL') || returns.options.has('COUNT')
  if (uids.length === 0) return []
  if (whole || (ends.length === 0 && !returns.partial)) return ascending(uids)
  // RFC 9394 §3.2: the part together with the ends that are told.
  const part = returns.partial ? partOf(uids, returns.partial) : []
  return ascending([...part, ...ends.map((end) => (end === 'MIN' ? least : greatest)(uids))])
}

function ascending(uids: readonly number[]): number[] {
  return [...new Set(uids)].sort((a, b) => a - b)
}

function least(uids: readonly number[]): number {
  return uids.reduce((a, b) => Math.min(a, b))
}

function greatest(uids: readonly number[]): number {
  return uids.reduce((a, b) => Math.max(a, b))
}

function one(uid: number, options: FoundOptions, told: number[]): number {
  told.push(uid)
  return options.byUid ? uid : options.numbers.numberOf(uid)
}

/** RFC 9394 §3.1: positions count from 1, or from the end. */
function partOf(uids: readonly number[], range: PartialRange): readonly number[] {
  const [from, to] = positionsOf(range, uids.length)
  return from > to ? [] : uids.slice(from - 1, to)
}

function partialText(range: PartialRange | undefined): string {
  return range ? `${range.first}:${range.last}` : ''
}

function said(uids: readonly number[], { byUid, numbers }: FoundOptions): readonly number[] {
  return byUid ? uids : uids.map((uid) => numbers.numberOf(uid))
}

/** As a set, in the order given. */
export function setText(uids: readonly number[], options: FoundOptions): string {
  return uidText(rangesOf(said(uids, options)))
}

function highest(
  uids: readonly number[],
  modseqOf: ((uid: number) => number) | undefined,
): number | undefined {
  if (!modseqOf || uids.length === 0) return undefined
  return uids.reduce((most, uid) => Math.max(most, modseqOf(uid)), 0)
}
