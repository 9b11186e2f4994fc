// How two strings are compared: RFC 4790 §9 and RFC 5051 §2. Knows no match type.
import { foldAscii } from '../message/address.ts'

export interface Comparator {
  /** What stands for the text in comparisons; undefined where it cannot be compared. */
  readonly fold: (text: string) => string | undefined
  /** Negative, zero, positive. */
  readonly order: (one: string, other: string) => number
}

function byOctets(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/** RFC 4790 §9.1.1: the number a text begins with; a text without one is above all numbers. */
function numberIn(text: string): bigint | undefined {
  const digits = /^\d{1,1000}/.exec(text)?.[0]
  return digits === undefined ? undefined : BigInt(digits)
}

const known: ReadonlyMap<string, Comparator> = new Map([
  ['i;octet', { fold: (text: string) => text, order: byOctets }],
  [
    'i;ascii-casemap',
    {
      fold: foldAscii,
      order: (one: string, other: string) => byOctets(foldAscii(one), foldAscii(other)),
    },
  ],
  [
    'i;unicode-casemap',
    { fold: unicodeFold, order: (one, other) => byOctets(unicodeFold(one), unicodeFold(other)) },
  ],
  [
    'i;ascii-numeric',
    {
      fold: (text: string) => numberIn(text)?.toString() ?? 'none',
      order: (one: string, other: string) => {
        const [a, b] = [numberIn(one), numberIn(other)]
        if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? 1 : -1
        return a < b ? -1 : a > b ? 1 : 0
      },
    },
  ],
])

export function toComparator(name: string): Comparator | undefined {
  return known.get(name)
}

function unicodeFold(text: string): string {
  return text.normalize('NFKD').toUpperCase()
}
