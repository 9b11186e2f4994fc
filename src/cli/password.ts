// A password from a person, unseen, or from standard input. Never from the command line.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { Failed, Misused, type Options } from './command.ts'

export const passwordOptions = {
  'password-stdin': { type: 'boolean', doc: 'read the password from standard input, one line' },
} as const satisfies Options

const lineMaxLength = 4096

/**
 * A new password is asked for twice.
 * @throws Failed when the person gives up; Misused when there is no terminal to ask at.
 */
export async function askPassword(fromInput: boolean, again = true): Promise<string> {
  if (fromInput) return await firstLine()
  if (!process.stdin.isTTY)
    throw new Misused('there is no terminal to ask for the password: use --password-stdin')
  const password = await askHidden('Password: ')
  if (again && (await askHidden('Again: ')) !== password)
    throw new Failed('the two are not the same')
  return password
}

/** @throws Failed when the input has no line, or one without end. */
async function firstLine(): Promise<string> {
  let text = ''
  for await (const part of process.stdin.setEncoding('utf8')) {
    text += part
    if (text.includes('\n') || text.length > lineMaxLength) break
  }
  const line = text.split(/\r?\n/)[0] ?? ''
  if (line === '' || line.length > lineMaxLength)
    throw new Failed('standard input has no password in its first line')
  return line
}

async function askHidden(question: string): Promise<string> {
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: muted, terminal: true })
  // Only now does the terminal show nothing of what is typed.
  process.stderr.write(question)
  try {
    return await new Promise<string>((resolve, reject) => {
      lines.once('line', resolve)
      lines.once('SIGINT', () => lines.close())
      lines.once('close', () => reject(new Failed('cancelled: nothing was changed')))
    })
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** Asks before what cannot be undone. Without a terminal the answer is yes: a script means it. */
export async function confirmed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return true
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}
