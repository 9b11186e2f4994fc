// Drives work, statement by statement. Knows no engine.
import type { Row, Statement, Work } from './sql.ts'

/**
 * For engines whose statements answer at once: the work’s result. An error of `ask` is thrown into
 * the work, which may catch it.
 */
export function drive<R>(work: Work<R>, ask: (statement: Statement) => readonly Row[]): R {
  let step = work.next()
  while (!step.done) {
    let rows: readonly Row[]
    try {
      rows = ask(step.value)
    } catch (error) {
      step = work.throw(error)
      continue
    }
    step = work.next(rows)
  }
  return step.value
}

/** The same for a database whose answers are waited for. */
export async function driveFar<R>(
  work: Work<R>,
  ask: (statement: Statement) => Promise<readonly Row[]>,
): Promise<R> {
  let step = work.next()
  while (!step.done) {
    const answer = await ask(step.value).catch((error: unknown) => ({ error }))
    step = 'error' in answer ? work.throw(answer.error) : work.next(answer)
  }
  return step.value
}
