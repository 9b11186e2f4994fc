// Annotations as IMAP says them, RFC 5464: names of entries, which are asked for, and how their
// values are told. What a mailbox is for is one of them, RFC 6154 §4.
import type { AnnotationRow } from '../../mailbox/annotation-jobs.ts'
import { Syntax } from '../../wire/protocol.ts'
import { Cursor } from './cursor.ts'
import { quotedText, uses } from './names.ts'
import type { Reached } from './reach.ts'
import { readSearchKeys } from './search/search-keys.ts'
import type { SessionPorts } from './session.ts'
import type { User } from './user.ts'

export const specialUse = '/private/specialuse'
export const serverAdmin = '/shared/admin'
export const valueMaxBytes = 65_536

const entryMaxChars = 255
// §3.2: levels of ASCII with "/" before each, without wildcards and controls.
const entryName = /^\/(?:private|shared)(?:\/[^/*%\x00-\x19\x7f-\uffff]+)*$/

/** In lower case: names are case-insensitive. `whole` also knows "/private" and "/shared". */
export function entryIn(cursor: Cursor, whole = false): string {
  const entry = cursor.astring('an entry').toLowerCase()
  const levels = entry.split('/').length - 1
  const least = whole ? 1 : /^\/\w+\/vendor(?:\/|$)/.test(entry) ? 4 : 2
  if (!entryName.test(entry) || entry.length > entryMaxChars || levels < least)
    throw new Syntax('That can name no entry')
  return entry
}

/** undefined: NIL. */
export function valueIn(cursor: Cursor): Buffer | undefined {
  if (cursor.next === '"' || cursor.atLiteral) return cursor.stringBytes('a value')
  if (cursor.word('a value') !== 'NIL') throw new Syntax('Expected a string or NIL')
  return undefined
}

/** Every annotation of a mailbox that its reader may see. */
export async function annotationsOf(
  box: Reached,
  user: User,
  { mailboxes }: SessionPorts,
): Promise<readonly AnnotationRow[]> {
  const { account, id: mailbox } = box
  const rows = await mailboxes.annotations.list({ account, mailbox, who: user.address })
  const use = uses[box.role]
  return use === undefined ? rows : [{ entry: specialUse, value: Buffer.from(use) }, ...rows]
}

/** Those of the server. */
export async function serverAnnotations(
  user: User,
  { mailboxes, options }: SessionPorts,
): Promise<readonly AnnotationRow[]> {
  const { account, address: who } = user
  const rows = await mailboxes.annotations.list({ account, mailbox: '', who })
  return [{ entry: serverAdmin, value: Buffer.from(options.contact) }, ...rows]
}

/** RFC 5466 §3.2: private filters are meant sooner than shared ones, of which there are none. */
const filterRoot = '/private/filters/values/'

/** The searches that are kept under a name, of the server's annotations. */
export function filtersOf(rows: readonly AnnotationRow[]): ReadonlyMap<string, string> {
  const filters = rows.filter(({ entry }) => entry.startsWith(filterRoot))
  return new Map(
    filters.map(({ entry, value }) => [
      entry.slice(filterRoot.length),
      Buffer.from(value).toString('utf8'),
    ]),
  )
}

/** RFC 5466 §3.2: whether a value is no search, where it must be one. */
export function isBadFilter(entry: string, value: Buffer | undefined): boolean {
  if (!value || !entry.startsWith(filterRoot)) return false
  try {
    const cursor = Cursor.over(value, { utf8: true })
    readSearchKeys(cursor, 'UTF-8', 'any')
    cursor.end()
    return false
  } catch (error) {
    if (error instanceof Syntax) return true
    throw error
  }
}

export interface Wanted {
  readonly entries: readonly string[]
  /** Levels below an entry that are told, too: 0, 1, Infinity. */
  readonly depth: number
  readonly valueMaxBytes: number
}

export interface Told {
  readonly rows: readonly { readonly entry: string; readonly value: Uint8Array | undefined }[]
  /** Of the largest value that was too large; 0 where none was. */
  readonly longest: number
}

/** What of it is told: an entry by its very name in any case, as NIL where it has no value. */
export function chosen(all: readonly AnnotationRow[], wanted: Wanted): Told {
  const { entries, depth } = wanted
  const fits = new Map<string, Uint8Array | undefined>()
  for (const name of entries) {
    const found = all.filter(({ entry }) => isBelow(entry, name, depth))
    if (depth === 0 && found.length === 0) fits.set(name, undefined)
    for (const { entry, value } of found) fits.set(entry, value)
  }
  let longest = 0
  for (const [entry, value] of fits) {
    if (value === undefined || value.length <= wanted.valueMaxBytes) continue
    longest = Math.max(longest, value.length)
    fits.delete(entry)
  }
  return { rows: [...fits].map(([entry, value]) => ({ entry, value })), longest }
}

function isBelow(entry: string, name: string, depth: number): boolean {
  if (entry === name) return true
  if (depth === 0 || !entry.startsWith(`${name}/`)) return false
  return depth > 1 || !entry.includes('/', name.length + 1)
}

/** An answer with values, for the mailbox as it is quoted. */
export function metadataLine(mailbox: string, { rows }: Told): Buffer {
  const parts: Buffer[] = [Buffer.from(`* METADATA ${mailbox} (`)]
  for (const [n, { entry, value }] of rows.entries())
    parts.push(Buffer.from(`${n > 0 ? ' ' : ''}${quotedText(entry)} `), valueText(value))
  parts.push(Buffer.from(')\r\n'))
  return Buffer.concat(parts)
}

const quotedMaxBytes = 200

function valueText(value: Uint8Array | undefined): Buffer {
  if (value === undefined) return Buffer.from('NIL')
  const text = Buffer.from(value).toString('latin1')
  if (text.length <= quotedMaxBytes && /^[\x20-\x7e]*$/.test(text))
    return Buffer.from(`"${text.replace(/["\\]/g, '\\$&')}"`)
  // RFC 9051 §4.3.1: NUL travels in a literal8 only.
  const tilde = value.includes(0) ? '~' : ''
  return Buffer.concat([Buffer.from(`${tilde}{${value.length}}\r\n`), value])
}

/** §3.3; `entries` that all may read are changed with "w" only. */
export function mayAnnotate({ rights }: Reached, entries: readonly string[] = []): boolean {
  if (!rights.includes('l') || !/[rswip]/.test(rights)) return false
  return rights.includes('w') || !entries.some((entry) => entry.startsWith('/shared'))
}
