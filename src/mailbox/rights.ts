// Rights in a mailbox, RFC 4314 §2.1: letters, and what entries of a list add up to. Pure. Who an
// identifier stands for is not known here: two are the same where their texts are.

/**
 * Lookup, read, seen, write, insert, post, create, delete mailbox, \Deleted, expunge, administer.
 */
export const allRights = 'lrswipkxtea'
export const anyone = 'anyone'

export interface Entry {
  /** An address or "anyone"; with "-" before it the rights are taken away. */
  readonly who: string
  readonly rights: string
}

/** In the one order that rights are kept in, each once. */
export function ordered(rights: string): string {
  return [...allRights].filter((right) => rights.includes(right)).join('')
}

export function without(rights: string, less: string): string {
  return [...rights].filter((right) => !less.includes(right)).join('')
}

/** RFC 4314 §2: all that is given to somebody and to anyone, less all that is taken. */
export function rightsOf(entries: readonly Entry[], who: string): string {
  const of = (...names: string[]) =>
    entries.flatMap((entry) => (names.includes(entry.who) ? [entry.rights] : [])).join('')
  return ordered(without(of(who, anyone), of(`-${who}`, `-${anyone}`)))
}

/** Every identifier whose entries count for somebody. */
export function namesFor(who: string): readonly [string, string, string, string] {
  return [who, anyone, `-${who}`, `-${anyone}`]
}
