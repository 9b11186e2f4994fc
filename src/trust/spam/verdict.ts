// The verdict on a message for one account: signals with points, their sum, and in plain words why,
// and what would have changed it. Pure, so that a verdict can be made again with other settings.
import { type SignalName, signals } from './signals.table.ts'

/** One thing that speaks for junk (points above 0) or against it. Plain data, kept in the trace. */
export interface Signal {
  readonly name: SignalName
  readonly points: number
  /** What the sentence about it is completed with. */
  readonly about: string
}

export interface Verdict {
  readonly junk: boolean
  readonly score: number
  readonly threshold: number
  /** Those that counted, the weightiest first. */
  readonly signals: readonly Signal[]
}

export interface VerdictRules {
  /** From so many points on a message is junk. */
  readonly threshold: number
  /** Points in place of those of the table. */
  readonly points: Readonly<Partial<Record<SignalName, number>>>
}

export const usualRules: VerdictRules = { threshold: 5, points: {} }

/** A signal with the points of the table, times `share`. */
export function signal(name: SignalName, about = '', share = 1): Signal {
  return { name, points: rounded(signals[name].points * share), about }
}

export function judge(given: readonly Signal[], rules: VerdictRules = usualRules): Verdict {
  const counted = given
    .map((one) => ({ ...one, points: pointsBy(one, rules) }))
    .filter(({ points }) => points !== 0)
    .sort((a, b) => Math.abs(b.points) - Math.abs(a.points))
  const score = rounded(counted.reduce((sum, { points }) => sum + points, 0))
  const { threshold } = rules
  return { junk: score >= threshold, score, threshold, signals: counted }
}

/** A setting changes what a whole signal counts; a share of it counts that share. */
function pointsBy({ name, points }: Signal, { points: changed }: VerdictRules): number {
  const own = changed[name]
  if (own === undefined) return points
  return rounded((points / signals[name].points) * own)
}

/** "Junk, 7.5 points of 5: nothing proves that it comes from example.com; …" */
export function reasonsText({ junk, score, threshold, signals: counted }: Verdict): string {
  const why = counted
    .filter(({ points }) => points > 0 === junk)
    .slice(0, reasonsMax)
    .map(sentence)
  const head = `${junk ? 'Junk' : 'Inbox'}, ${score} of ${threshold} points`
  return why.length === 0 ? head : `${head}: ${why.join('; ')}`
}

const reasonsMax = 4

export function sentence({ name, about }: Signal): string {
  return signals[name].why.replaceAll('{}', about)
}

/**
 * What would have changed the verdict: the fewest signals without which it is another. "" where
 * nothing that was met would have.
 */
export function otherwise(verdict: Verdict): string {
  const { junk, score, threshold } = verdict
  const missing = junk ? score - threshold : threshold - score
  const turning: Signal[] = []
  let turned = 0
  for (const one of verdict.signals) {
    if (one.points > 0 !== junk) continue
    turning.push(one)
    turned += Math.abs(one.points)
    if (junk ? turned > missing : turned >= missing) break
  }
  if (turning.length === 0 || (junk ? turned <= missing : turned < missing)) return ''
  // The last one is needed; of those before it some may not be.
  const needed = turning.filter((one) => {
    const without = turned - Math.abs(one.points)
    const enough = junk ? without > missing : without >= missing
    if (enough) turned = without
    return !enough
  })
  const place = junk ? 'Inbox' : 'Junk'
  const ifs = needed.map(({ name, about }) => signals[name].unless.replaceAll('{}', about))
  return `It would have gone to ${place} if ${ifs.join(' and ')}.`
}

function rounded(points: number): number {
  return Math.round(points * 10) / 10
}
