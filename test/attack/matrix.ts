// An attack is a matrix of attempts: all of them in `npm run test:attack`, a seeded sample in the
// tests. Of attacks it has what several share.
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

const before = ['\r\n', '\n', '\r', '\r\r\n', '\n\r', '\r\n\0', '']
const dots = ['.', '..', '. ', '\0.', '.\0', '\uff0e', '.\t']
const behind = ['\r\n', '\n', '\r', '\r\r\n', '\n\r', '\0\r\n', '\r\0\n', '\v\r\n']

/** All that somebody may take for the end of a text but the one that RFC 5321 §4.1.1.4 knows. */
export const endings = before
  .flatMap((pre) => dots.flatMap((dot) => behind.map((post) => pre + dot + post)))
  .filter((ending) => ending !== '\r\n.\r\n')

export const forged =
  'MAIL FROM:<eve@example.org>\r\nRCPT TO:<tito@example.com>\r\nDATA\r\nforged\r\n.\r\nQUIT\r\n'
