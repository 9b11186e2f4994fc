// Drives work without waiting: for engines whose statements answer at once.
import type { Row, Statement, Work } from './sql.ts'

/** The work's result. An error of `ask` is thrown into the work, which may catch it. */
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
