// JMAP's keywords and IMAP's flags: the same bits under other names, RFC 8621 §4.1.1.
import { keywordsMax } from '../../mailbox/flags.ts'
import { invalidProperties } from './errors.ts'

const pairs = [
  ['$draft', '\\Draft'],
  ['$seen', '\\Seen'],
  ['$flagged', '\\Flagged'],
  ['$answered', '\\Answered'],
] as const
const flags = new Map<string, string>(pairs)
const keywords = new Map<string, string>(pairs.map(([keyword, flag]) => [flag, keyword]))

const form = /^[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,200}$/

/** The flag of a keyword. */
export function flagOf(keyword: string): string {
  return flags.get(keyword.toLowerCase()) ?? keyword.toLowerCase()
}

/** What flags are called; \Deleted is no keyword. */
export function keywordsOf(names: readonly string[]): Record<string, true> {
  const found: Record<string, true> = {}
  for (const name of names) {
    if (name === '\\Deleted') continue
    found[keywords.get(name) ?? name.toLowerCase()] = true
  }
  return found
}

export function isKeyword(text: string): boolean {
  return form.test(text)
}

/** The flags of a set of keywords. @throws SetFailure */
export function flagsOf(value: unknown): string[] {
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : undefined
  const bad = given?.some(([keyword, on]) => on !== true || !isKeyword(keyword)) ?? true
  if (bad || given!.length > keywordsMax) throw invalidProperties(['keywords'])
  return given!.map(([keyword]) => flagOf(keyword))
}
