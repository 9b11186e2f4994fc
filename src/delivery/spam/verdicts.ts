// Verdicts as they were made, and as they would be made of the same signals with other settings.
import type { Engine } from '../../store/engine.ts'
import { judge, otherwise, reasonsText, sentence, type Verdict } from '../../trust/spam/verdict.ts'
import { verdictFor, verdictsOn } from './spam-jobs.ts'

export interface VerdictAgain {
  /** Whose copy, "" for an account that is gone. */
  readonly address: string
  /** "Junk, 7 of 5 points: …", then and by the threshold asked for. */
  readonly was: string
  readonly now: string
  /** What would change the verdict of now. */
  readonly otherwise: string
}

/** What was found of a message, by the id of its trace, judged anew. */
export async function verdictsAgain(
  engine: Engine,
  message: string,
  threshold?: number,
): Promise<readonly VerdictAgain[]> {
  const rows = await engine.run(verdictsOn, message)
  return rows.map(({ local, domain, verdict }) => {
    const was = JSON.parse(verdict) as Verdict
    const now = judge(was.signals, { threshold: threshold ?? was.threshold, points: {} })
    return {
      address: local === null ? '' : `${local}@${domain}`,
      was: reasonsText(was),
      now: reasonsText(now),
      otherwise: otherwise(now),
    }
  })
}

/** Why a message is where it is, for whom it came to. */
export interface SpamReasons {
  readonly junk: boolean
  readonly score: number
  /** From so many points on it is junk. */
  readonly threshold: number
  /** The weightiest first; points below 0 speak against junk. */
  readonly reasons: readonly { readonly points: number; readonly text: string }[]
  /** What would have changed the verdict, or "". */
  readonly otherwise: string
}

/** undefined where nobody judged it, or that is forgotten. `message` is the id of its trace. */
export async function reasonsFor(
  engine: Engine,
  account: string,
  message: string,
): Promise<SpamReasons | undefined> {
  const kept = await engine.run(verdictFor, { message, account })
  if (kept === undefined) return undefined
  const verdict = JSON.parse(kept) as Verdict
  const { junk, score, threshold, signals } = verdict
  const reasons = signals.map((one) => ({ points: one.points, text: sentence(one) }))
  return { junk, score, threshold, reasons, otherwise: otherwise(verdict) }
}
