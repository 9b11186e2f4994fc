// Verdicts as they were made, and as they would be made of the same signals with other settings.
import type { Engine } from '../../store/engine.ts'
import { judge, otherwise, reasonsText, type Verdict } from '../../trust/spam/verdict.ts'
import { verdictsOn } from './spam-jobs.ts'

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
