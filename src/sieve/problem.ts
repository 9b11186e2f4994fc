// What is wrong with a script, and where. Knows no language.

export interface Problem {
  /** Both from 1. */
  readonly line: number
  readonly column: number
  readonly text: string
}

/** The one error that reading and running a script throw. */
export class SieveError extends Error {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    super(problems.map(problemText).join('\n'))
    this.name = 'SieveError'
    this.problems = problems
  }
}

/** "line 3, column 7: unknown command 'fileinot'" */
export function problemText({ line, column, text }: Problem): string {
  return `line ${line}, column ${column}: ${text}`
}

export function problemAt(source: string, at: number, text: string): Problem {
  const before = source.slice(0, at)
  const start = before.lastIndexOf('\n') + 1
  return { line: before.split('\n').length, column: at - start + 1, text }
}
