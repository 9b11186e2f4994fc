// Names of mailboxes: levels with "/" between them, in Unicode's composed form. Pure.
import { Refused } from '../base/refused.ts'

export const separator = '/'
export const inboxName = 'INBOX'
const levelMaxChars = 255
const levelsMax = 32

/**
 * The name as it is kept. RFC 9051 §5.1: INBOX in any case is one mailbox; RFC 5198: NFC, and no
 * control characters.
 * @throws Refused 'bad-value'
 */
export function mailboxName(given: string): string {
  if (!given.isWellFormed()) throw new Refused('bad-value', 'half a surrogate pair')
  const levels = given.normalize('NFC').split(separator)
  if (levels.length > levelsMax) throw new Refused('bad-value', 'too many levels')
  for (const level of levels) {
    if (level.trim() === '') throw new Refused('bad-value', 'a level without a name')
    if (level.length > levelMaxChars) throw new Refused('bad-value', 'a name too long')
    // Controls, line and paragraph separators, and what reorders text.
    if (/[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]/.test(level))
      throw new Refused('bad-value', 'a control character in a name')
  }
  if (levels[0]?.toUpperCase() === inboxName) levels[0] = inboxName
  return levels.join(separator)
}

/** "a/b" of "a/b/c"; undefined at the top. */
export function parentName(name: string): string | undefined {
  const at = name.lastIndexOf(separator)
  return at < 0 ? undefined : name.slice(0, at)
}

/** "a", "a/b" of "a/b/c". */
export function ancestorNames(name: string): string[] {
  const levels = name.split(separator)
  return levels.slice(1).map((_, n) => levels.slice(0, n + 1).join(separator))
}
