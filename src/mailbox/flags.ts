// Flags as bits: five of the system, RFC 9051 §2.3.2, and a hundred keywords of the account's own.
// A number holds 53 of them; `flags` has the system's and the first 48 keywords, `more` the rest.
import { Refused } from '../base/refused.ts'

export const seen = 1
export const answered = 2
export const flagged = 4
export const deleted = 8
export const draft = 16

const systemFlags: readonly (readonly [string, number])[] = [
  ['\\Answered', answered],
  ['\\Flagged', flagged],
  ['\\Deleted', deleted],
  ['\\Seen', seen],
  ['\\Draft', draft],
]
const systemBits = new Map(systemFlags.map(([name, bit]) => [name.toLowerCase(), bit]))

const firstKeyword = 5
const inFlags = 48
export const keywordsMax = 100
/** Every bit there is. */
export const allBits = (1n << 53n) - 1n

export interface Bits {
  readonly flags: bigint
  readonly more: bigint
}

export const noBits: Bits = { flags: 0n, more: 0n }

/** RFC 4314 §4: the flags that rights let change: "s" \\Seen, "t" \\Deleted, "w" all others. */
export function flagsFor(rights: string): Bits {
  const others = allBits ^ BigInt(seen | deleted)
  const flags =
    (rights.includes('s') ? BigInt(seen) : 0n) |
    (rights.includes('t') ? BigInt(deleted) : 0n) |
    (rights.includes('w') ? others : 0n)
  return { flags, more: rights.includes('w') ? allBits : 0n }
}

/** The right that lets a flag change. */
export function rightFor(flag: string): 's' | 't' | 'w' {
  const bit = systemBits.get(flag.toLowerCase())
  return bit === seen ? 's' : bit === deleted ? 't' : 'w'
}

/** The bit of a flag of the system; undefined for a keyword. @throws Refused 'bad-value' */
export function systemBit(name: string): bigint | undefined {
  const bit = systemBits.get(name.toLowerCase())
  if (bit !== undefined) return BigInt(bit)
  if (name.startsWith('\\')) throw new Refused('bad-value', `there is no flag ${name}`)
  return undefined
}

export function keywordBits(number: number): Bits {
  return number < inFlags
    ? { flags: 1n << BigInt(firstKeyword + number), more: 0n }
    : { flags: 0n, more: 1n << BigInt(number - inFlags) }
}

export function union(a: Bits, b: Bits): Bits {
  return { flags: a.flags | b.flags, more: a.more | b.more }
}

/** RFC 9051 §9 atom, at most 200 characters. */
const keyword = /^[^\x00-\x20\x7f-\uffff(){\]%*"\\]{1,200}$/

/** @throws Refused 'bad-value' */
export function checkKeyword(name: string): void {
  if (!keyword.test(name)) throw new Refused('bad-value', 'that is no keyword')
}

/** Where a flag is: the bit's value, in `flags` or in `more`. */
export interface FlagBit {
  readonly in: keyof Bits
  readonly value: number
}

/** What the flags of messages are called. It knows the keywords there were when it was made. */
export class FlagNames {
  /** In the order of their numbers, as they were first written. */
  readonly keywords: readonly string[]
  readonly #known = new Map<string, readonly string[]>()

  constructor(keywords: readonly string[]) {
    this.keywords = keywords
  }

  /** The names of a message's `flags` and `more`. */
  of(flags: number, more: number): readonly string[] {
    const key = more === 0 ? String(flags) : `${flags} ${more}`
    let names = this.#known.get(key)
    if (names === undefined) {
      names = this.#make(BigInt(flags), BigInt(more))
      if (this.#known.size < namesMax) this.#known.set(key, names)
    }
    return names
  }

  /** In any case; undefined for a keyword that no message ever had. */
  find(name: string): FlagBit | undefined {
    const wanted = name.toLowerCase()
    const value = systemBits.get(wanted)
    if (value !== undefined) return { in: 'flags', value }
    const number = this.keywords.findIndex((each) => each.toLowerCase() === wanted)
    if (number < 0) return undefined
    const { flags, more } = keywordBits(number)
    return more === 0n ? { in: 'flags', value: Number(flags) } : { in: 'more', value: Number(more) }
  }

  /** Whether every bit of a message has a name here; new keywords may have come since. */
  cover(flags: number, more: number): boolean {
    const { length } = this.keywords
    if (more !== 0) return length > inFlags && more < 2 ** (length - inFlags)
    return flags < 2 ** (firstKeyword + Math.min(length, inFlags))
  }

  #make(flags: bigint, more: bigint): readonly string[] {
    const names = systemFlags.filter(([, bit]) => flags & BigInt(bit)).map(([name]) => name)
    this.keywords.forEach((name, number) => {
      const bits = keywordBits(number)
      if ((flags & bits.flags) | (more & bits.more)) names.push(name)
    })
    return names
  }
}

const namesMax = 1_000

/** Whether a message counts as unread: RFC 8621 §2, and not what is marked as deleted. */
export function isUnread(flags: number): boolean {
  // Bits of the system are in the low 32, which is what these operators look at.
  return (flags & (seen | draft | deleted)) === 0
}
