// An attack is a matrix of attempts: all of them in `npm run test:attack`, a seeded sample in the
// tests. Knows no attack.
import { sample } from '../support/sample.ts'

const whole = process.env.AMPLOP_ATTACK === 'whole'
export const seed = Number(process.env.AMPLOP_SEED ?? Date.now() % 2 ** 31)

/** Of all attempts those that this run makes; at most `few` where it is not the whole. */
export function attempts<T>(all: readonly T[], few: number): readonly T[] {
  return whole ? all : sample(all, few, seed)
}

/** How many at a time. */
const abreast = 8

/** Runs `attempt` for each, some side by side; rejects with the first that failed. */
export async function each<T>(
  all: readonly T[],
  attempt: (one: T) => Promise<void>,
): Promise<void> {
  const left = all.values()
  const lane = async () => {
    for (const one of left) await attempt(one)
  }
  await Promise.all(Array.from({ length: abreast }, lane))
}
