// How PostgreSQL's SQL and values differ from SQLite's, each difference a name with its reason.
// Who writes schemas, statements and jobs need not know any of it.
import type { Value } from './sql.ts'

/**
 * The types of migrations. Identifiers compare by their bytes, as they do in SQLite: under a
 * database's own collation "~" may sort before letters, and an index would not serve a range of
 * ids. PostgreSQL has no tables without a row of their own, so {clustered} is nothing.
 */
export const postgresTypes = {
  id: 'TEXT COLLATE "C"',
  bytes: 'BYTEA',
  int: 'BIGINT',
  clustered: '',
} as const

/**
 * A statement as PostgreSQL reads it: `$n` for each `?`, with the type of the value that goes
 * there. SQLite types values, PostgreSQL types places; without the casts it would call a parameter
 * in `insert … select` text, and refuse it for a number.
 * @param kinds what `kindsOf` said of the values
 */
export function numbered(text: string, kinds: string): string {
  let n = 0
  const whole = text.replace(/\?/g, () => `$${n + 1}${casts[kinds[n++] ?? ''] ?? ''}`)
  if (n !== kinds.length) throw new TypeError(`${n} places for ${kinds.length} values: ${text}`)
  return whole
}

const casts: Readonly<Record<string, string>> = {
  t: '::text',
  i: '::bigint',
  f: '::double precision',
  b: '::bytea',
}

/** One letter for the type of each value. @throws TypeError for what no database could store */
export function kindsOf(values: readonly Value[]): string {
  let kinds = ''
  for (const value of values) kinds += kindOf(value)
  return kinds
}

function kindOf(value: Value): string {
  if (typeof value === 'string') return 't'
  if (typeof value === 'number') return Number.isInteger(value) ? 'i' : 'f'
  if (value === null) return '0'
  if (typeof value === 'bigint') return 'i'
  if (value instanceof Uint8Array) return 'b'
  throw new TypeError(`a value of type ${typeof value} cannot be bound`)
}

export function encoded(value: Value): string | Buffer | null {
  if (typeof value === 'string') return withoutNul(value)
  if (value === null) return null
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return String(value)
}

/**
 * PostgreSQL refuses NUL in text; SQLite takes it, and it comes in subjects. It is stored as
 * U+FDD0 (a code point that no text may interchange) and "0", U+FDD0 itself as U+FDD0 and "1", and
 * read back as it was. Only the order among texts with a NUL, and a search for one, differ.
 */
function withoutNul(text: string): string {
  if (!text.includes('\0') && !text.includes(standIn)) return text
  return text.replace(/[\0\uFDD0]/g, (each) => (each === '\0' ? `${standIn}0` : `${standIn}1`))
}

const standIn = '\uFDD0'

function withNul(text: string): string {
  if (!text.includes(standIn)) return text
  return text.replace(/\uFDD0([01])/g, (_, which) => (which === '0' ? '\0' : standIn))
}

/**
 * What comes back: numbers for every numeric type (SQLite has one), 1 and 0 for true and false
 * (SQLite has neither), bytes and text.
 */
export const postgresParsers = {
  getTypeParser(oid: number): (text: string) => Value {
    return parsers.get(oid) ?? withNul
  },
}

const parsers: ReadonlyMap<number, (text: string) => Value> = new Map([
  [16, (text: string): Value => (text === 't' ? 1 : 0)],
  [17, bytesOf],
  // int8, int2, int4, oid; sums and counts of them are numeric.
  ...[20, 21, 23, 26, 1700].map((oid) => [oid, wholeOf] as const),
  [700, Number],
  [701, Number],
])

function wholeOf(text: string): number {
  const number = Number(text)
  if (Number.isInteger(number) && !Number.isSafeInteger(number))
    throw new RangeError(`${text} is too large a number`)
  return number
}

function bytesOf(text: string): Uint8Array {
  const { buffer, byteOffset, byteLength } = Buffer.from(text.slice(2), 'hex')
  return new Uint8Array(buffer, byteOffset, byteLength)
}
