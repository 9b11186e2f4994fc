// The rights of RFC 8621 §2 and the letters of RFC 4314: the same, said in two ways.
import { ordered } from '../../../mailbox/rights.ts'
import { isObject, type Json } from '../args.ts'
import { invalidProperties } from '../errors.ts'

/** What each stands for; all of the letters must be there. */
const letters: Readonly<Record<string, string>> = {
  mayReadItems: 'lr',
  mayAddItems: 'i',
  mayRemoveItems: 'te',
  maySetSeen: 's',
  maySetKeywords: 'w',
  mayCreateChild: 'k',
  mayRename: 'x',
  mayDelete: 'x',
  maySubmit: 'p',
  mayShare: 'a',
}

export function rightsObject(rights: string): Json {
  return Object.fromEntries(
    Object.entries(letters).map(([name, needed]) => [
      name,
      [...needed].every((letter) => rights.includes(letter)),
    ]),
  )
}

/** The letters of what is granted; "" for nothing. @throws SetFailure */
export function lettersOf(value: unknown): string {
  if (value === null) return ''
  const fits =
    isObject(value) &&
    Object.entries(value).every(([name, on]) => name in letters && typeof on === 'boolean')
  if (!fits) throw invalidProperties(['shareWith'])
  const granted = Object.entries(value).flatMap(([name, on]) => (on ? [letters[name]!] : []))
  // What may be used in any way may be found.
  return granted.length === 0 ? '' : ordered(`l${granted.join('')}`)
}
