// How much the words of a message are like those of junk and of wanted mail that was met before.
// Gary Robinson's way with Fisher's method of combining: every word has a say of the same weight.
// Pure: the counts are handed in.

/** In how many messages of each kind a word was met. */
export interface Counts {
  readonly junk: number
  readonly wanted: number
}

export interface Knowledge {
  /** How many messages were learnt. */
  readonly learnt: Counts
  readonly words: ReadonlyMap<string, Counts>
}

export interface Likeness {
  /** From 0, wanted, to 1, junk; 0.5 is no opinion. */
  readonly junk: number
  /** The words with the most to say, for junk and against it. */
  readonly telling: readonly { readonly word: string; readonly junk: number }[]
}

export const noOpinion: Likeness = { junk: 0.5, telling: [] }

/** Fewer messages of either kind than this teach nothing. */
export const learntMin = 5
const wordsMax = 150
const strengthMin = 0.1
/** What an unknown word says, and how many meetings that counts for. */
const unknown = 0.5
const unknownWeight = 0.45
const tellingMax = 6

export function likeness(words: readonly string[], { learnt, words: known }: Knowledge): Likeness {
  if (learnt.junk < learntMin || learnt.wanted < learntMin) return noOpinion
  const said = words
    .map((word) => ({ word, junk: wordSays(known.get(word), learnt) }))
    .filter(({ junk }) => Math.abs(junk - 0.5) >= strengthMin)
    .sort((a, b) => strength(b.junk) - strength(a.junk))
    .slice(0, wordsMax)
  if (said.length === 0) return noOpinion
  // Logarithms, since the product of so many small numbers is 0.
  const forJunk = chiSquared(-2 * sum(said.map(({ junk }) => Math.log(1 - junk))), 2 * said.length)
  const against = chiSquared(-2 * sum(said.map(({ junk }) => Math.log(junk))), 2 * said.length)
  return { junk: (against - forJunk + 1) / 2, telling: said.slice(0, tellingMax) }
}

function wordSays(counts: Counts | undefined, learnt: Counts): number {
  if (!counts) return unknown
  const inJunk = Math.min(1, counts.junk / learnt.junk)
  const inWanted = Math.min(1, counts.wanted / learnt.wanted)
  if (inJunk + inWanted === 0) return unknown
  const met = counts.junk + counts.wanted
  const share = inJunk / (inJunk + inWanted)
  return (unknownWeight * unknown + met * share) / (unknownWeight + met)
}

function strength(junk: number): number {
  return Math.abs(junk - 0.5)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0)
}

/** The chance of a chi-squared value at least so large, for an even number of degrees. */
function chiSquared(value: number, degrees: number): number {
  const half = value / 2
  let term = Math.exp(-half)
  let total = term
  for (let n = 1; n < degrees / 2; n++) {
    term *= half / n
    total += term
  }
  return Math.min(1, total)
}

/** An account's own knowledge, with what all accounts share standing in while it is young. */
export function together(own: Knowledge, shared: Knowledge): Knowledge {
  const ownLearnt = Math.min(own.learnt.junk, own.learnt.wanted)
  if (ownLearnt >= ownEnough) return own
  const words = new Map(own.words)
  for (const [word, counts] of shared.words) {
    const there = words.get(word)
    words.set(word, there ? added(there, counts) : counts)
  }
  return { learnt: added(own.learnt, shared.learnt), words }
}

/** From so many messages of each kind on, an account goes by what it taught itself. */
const ownEnough = 100

function added(a: Counts, b: Counts): Counts {
  return { junk: a.junk + b.junk, wanted: a.wanted + b.wanted }
}
