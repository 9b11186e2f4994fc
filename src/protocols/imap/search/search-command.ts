// SEARCH, SORT and THREAD as they are written: what to return (RFC 4731, RFC 5267, RFC 9394), in
// which order (RFC 5256, RFC 5957), in which charset, and the keys.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import type { FetchItem } from '../fetch/fetch-items.ts'
import { readItems } from '../notify/wishes.ts'
import { type PartialRange, readPartialRange } from './partial-range.ts'
import { checkCharset, type Filters, readSearchKeys, type SearchKey } from './search-keys.ts'

export type ReturnOption = 'MIN' | 'MAX' | 'ALL' | 'COUNT' | 'SAVE'

export interface Returns {
  readonly options: ReadonlySet<ReturnOption>
  readonly partial: PartialRange | undefined
  /** RFC 5267 §4.3: changes of the result are to be told; of new messages, RFC 5465 §7, these. */
  readonly update?: readonly FetchItem[]
}

export interface SearchCommand {
  /** undefined where there is no RETURN. */
  readonly returns: Returns | undefined
  readonly key: SearchKey
}

export interface SortCriterion {
  readonly by: SortKey
  readonly reverse: boolean
}

const sortKeys = [
  ...(['ARRIVAL', 'CC', 'DATE', 'FROM', 'SIZE', 'SUBJECT', 'TO'] as const),
  ...(['DISPLAYFROM', 'DISPLAYTO'] as const),
]
export type SortKey = (typeof sortKeys)[number]

export type ThreadAlgorithm = 'ORDEREDSUBJECT' | 'REFERENCES' | 'REFS'
const algorithms: ReadonlySet<string> = new Set(['ORDEREDSUBJECT', 'REFERENCES', 'REFS'])

const options = new Set(['MIN', 'MAX', 'ALL', 'COUNT', 'SAVE'])
const criteriaMax = 20

/** What follows "SEARCH ". @throws Syntax, UnknownCharset */
export function readSearch(cursor: Cursor, filters?: Filters): SearchCommand {
  const returns = readReturns(cursor)
  let charset = 'UTF-8'
  if (cursor.skip('CHARSET ')) {
    charset = cursor.astring('a charset')
    cursor.space()
  }
  return { returns, key: readKeys(cursor, charset, filters) }
}

/** What follows "SORT ". @throws Syntax, UnknownCharset */
export function readSort(cursor: Cursor, filters?: Filters) {
  const returns = readReturns(cursor)
  const criteria = cursor.list(() => readCriterion(cursor), 'sort criteria')
  if (criteria.length > criteriaMax) throw new Syntax('Too many sort criteria')
  cursor.space()
  return { returns, criteria, key: readCharsetAndKeys(cursor, filters) }
}

/** What follows "THREAD ". @throws Syntax, UnknownCharset */
export function readThread(cursor: Cursor, filters?: Filters) {
  const word = cursor.word('a threading algorithm')
  if (!algorithms.has(word)) throw new Syntax('Unknown threading algorithm')
  cursor.space()
  return { algorithm: word as ThreadAlgorithm, key: readCharsetAndKeys(cursor, filters) }
}

/** RFC 5256 §5: the charset is not optional here. */
function readCharsetAndKeys(cursor: Cursor, filters?: Filters): SearchKey {
  const charset = cursor.astring('a charset')
  cursor.space()
  return readKeys(cursor, charset, filters)
}

function readKeys(cursor: Cursor, charset: string, filters?: Filters): SearchKey {
  checkCharset(charset)
  const key = readSearchKeys(cursor, charset, filters)
  cursor.end()
  return key
}

function readCriterion(cursor: Cursor): SortCriterion {
  const reverse = cursor.skip('REVERSE ')
  const word = cursor.word('a sort criterion')
  const by = sortKeys.find((key) => key === word)
  if (!by) throw new Syntax('Unknown sort criterion')
  return { by, reverse }
}

/** "RETURN (MIN COUNT) ", where it is there. */
export function readReturns(cursor: Cursor): Returns | undefined {
  if (!cursor.skip('RETURN ')) return undefined
  const found = new Set<ReturnOption>()
  let partial: PartialRange | undefined
  let update: readonly FetchItem[] | undefined
  cursor.listOrNone(() => {
    const word = cursor.word('a return option')
    if (word === 'UPDATE') update = cursor.ahead(/ ?\(/y) ? updateItems(cursor) : []
    else if (word === 'PARTIAL') partial = readPartialRange(cursor)
    else if (options.has(word)) found.add(word as ReturnOption)
    // RFC 5267 §4.2: a hint that the search will be asked for again.
    else if (word !== 'CONTEXT') throw new Syntax('Unknown return option')
  }, 'return options')
  cursor.space()
  // RFC 9394 §3.1: one or the other.
  if (partial && found.has('ALL')) throw new Syntax('PARTIAL and ALL exclude each other')
  // RFC 4731 §3.1: nothing is as if it were ALL.
  if (found.size === 0 && !partial) found.add('ALL')
  return { options: found, partial, ...(update ? { update } : {}) }
}

function updateItems(cursor: Cursor): readonly FetchItem[] {
  cursor.skip(' ')
  return readItems(cursor)
}
