// A sample that a seed repeats.

/** At most `count` of `all`, in their order, chosen by `seed`. */
export function sample<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  let state = seed >>> 0
  // Mulberry32: small, and good enough to choose by.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const order = all.map((one, at) => ({ one, at, rank: random() }))
  const chosen = order.sort((a, b) => a.rank - b.rank).slice(0, count)
  return chosen.sort((a, b) => a.at - b.at).map(({ one }) => one)
}
