// Scripts in files against messages in files: what `amplop sieve` shows before anybody's mail is
// filtered. Knows no account and no server.
import { open } from 'node:fs/promises'
import { formatAddress } from '../message/address.ts'
import { compile, scriptMaxBytes } from '../sieve/compile.ts'
import { LetterView } from '../sieve/letter-view.ts'
import { type Problem, SieveError } from '../sieve/problem.ts'
import { run } from '../sieve/run.ts'
import type { Action } from '../sieve/world.ts'

/** As much of a message as delivery looks at. */
const letterMaxBytes = 1024 * 1024

/** What is wrong with the script of a file; none for nothing. */
export async function scriptProblems(file: string): Promise<readonly Problem[]> {
  const source = await scriptIn(file)
  try {
    compile(source)
    return []
  } catch (error) {
    if (error instanceof SieveError) return error.problems
    throw error
  }
}

export interface Trial {
  readonly script: string
  readonly message: string
  readonly from: string
  readonly to: string
  readonly mailboxes: readonly string[]
}

export interface Tried {
  /** In words: "file into Work, by the rule 'Boss'". */
  readonly said: readonly string[]
  /** Why the run failed; "" where it did not. */
  readonly failure: string
}

/** Does nothing but say what would be done. @throws SieveError */
export async function tryScript(trial: Trial): Promise<Tried> {
  const script = compile(await scriptIn(trial.script))
  const { bytes, size } = await beginningOf(trial.message)
  const now = new Date()
  const { actions, failure } = run(script, {
    letter: new LetterView(bytes, size),
    envelope: { from: trial.from, to: trial.to },
    now: now.getTime(),
    zone: -now.getTimezoneOffset(),
    mailboxes: new Set(['INBOX', ...trial.mailboxes]),
    environment: new Map([
      ['name', 'Amplop'],
      ['location', 'MDA'],
      ['phase', 'during'],
    ]),
  })
  return { said: actions.map(actionText), failure }
}

function actionText(action: Action): string {
  const by = action.rule === '' ? '' : `, by the rule '${action.rule}'`
  const flags =
    'flags' in action && action.flags.length > 0 ? ` with ${action.flags.join(' ')}` : ''
  switch (action.is) {
    case 'keep':
      return `keep${flags}${by}`
    case 'discard':
      return `discard${by}`
    case 'fileinto':
      return `file into ${action.mailbox}${flags}${by}`
    case 'redirect':
      return `redirect to ${action.address}${by}`
    case 'reject':
      return `reject: ${action.reason.trim()}${by}`
    case 'vacation':
      return `answer, where that is due: ${firstLine(action.reason)}${by}`
    case 'notify':
      return `notify ${action.mailto.to.map((to) => formatAddress(to)).join(', ')}${by}`
  }
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0]!.slice(0, 100)
}

/** One byte more than a script may have is enough to know that it is too large. */
async function scriptIn(file: string): Promise<string> {
  return (await beginningOf(file, scriptMaxBytes + 1)).bytes.toString('utf8')
}

async function beginningOf(file: string, maxBytes = letterMaxBytes) {
  const opened = await open(file)
  try {
    const { size } = await opened.stat()
    const bytes = Buffer.alloc(Math.min(size, maxBytes))
    const { bytesRead } = await opened.read(bytes, 0, bytes.length, 0)
    return { bytes: bytes.subarray(0, bytesRead), size }
  } finally {
    await opened.close()
  }
}
