// The program: which commands there are, and how every one of them may fail.

import { BadConfig } from '../app/config/read.ts'
import { failureText } from '../app/failure.ts'
import { version } from '../app/program.ts'
import { alias } from './alias.ts'
import { backup } from './backup.ts'
import { check } from './check.ts'
import { dispatch, Failed, type Group, Misused, wholeCommand } from './command.ts'
import { config } from './config.ts'
import { dkim } from './dkim.ts'
import { doctor } from './doctor.ts'
import { domain } from './domain.ts'
import { exportCommand } from './export.ts'
import { hook } from './hook.ts'
import { importCommand } from './import.ts'
import { log } from './log.ts'
import { printLine } from './print.ts'
import { quarantine } from './quarantine.ts'
import { queue } from './queue.ts'
import { reports } from './reports.ts'
import { restore } from './restore.ts'
import { rule } from './rule.ts'
import { send } from './send.ts'
import { serve } from './serve.ts'
import { setup } from './setup.ts'
import { sieve } from './sieve.ts'
import { status } from './status.ts'
import { token } from './token.ts'
import { trace } from './trace.ts'
import { tryCommand } from './try.ts'
import { user } from './user.ts'
import { forward, vacation } from './vacation.ts'
import { verify } from './verify.ts'

const program: Group = {
  name: 'amplop',
  summary: 'Amplop, a mail system in one program. "amplop try" shows it at once.',
  more: 'amplop --version says which one this is.',
  commands: [
    tryCommand,
    setup,
    serve,
    check,
    wholeCommand('send', 'send a message through a gateway', (args) => send(args)),
    user,
    domain,
    dkim,
    alias,
    token,
    hook,
    status,
    doctor,
    trace,
    queue,
    quarantine,
    reports,
    rule,
    vacation,
    forward,
    sieve,
    importCommand,
    exportCommand,
    log,
    config,
    backup,
    restore,
    verify,
  ],
}

/** Runs `amplop ARGS`. Resolves with the exit status: 0, 1 failed, 2 wrong words. */
export async function main(args: readonly string[]): Promise<number> {
  // Whoever reads may stop reading: `amplop trace | head`.
  process.stdout.on('error', () => {})
  const [first] = args
  const starting = process.env.npm_lifecycle_event === 'start'
  try {
    if (starting && (first === undefined || first.startsWith('-')))
      return await dispatch(tryCommand, args, ['amplop', 'try'])
    if (first === '--version' || first === '-V') {
      printLine(version())
      return 0
    }
    return await dispatch(program, args, ['amplop'])
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): number {
  if (error instanceof Misused) return say(error.message, 2)
  if (error instanceof Failed) return say(`amplop: ${error.message}`, 1)
  if (error instanceof BadConfig) return say(error.message, 1)
  const text = failureText(error)
  if (text !== undefined) return say(`amplop: ${text}`, 1)
  return say(`amplop: ${error instanceof Error ? error.stack : String(error)}`, 1)
}

function say(text: string, status: number): number {
  process.stderr.write(`${text}\n`)
  return status
}
