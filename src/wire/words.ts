// Reading the plain kind of command: one line whose first word is its name (SMTP, POP3).
import type { Connection } from './connection.ts'
import type { Spoken } from './protocol.ts'

export interface WordsOptions {
  /** Without the line end. */
  readonly lineMaxBytes: number
  /** A lone LF ends a command too: for people who type. */
  readonly bareLf: boolean
}

/** One line as a command; undefined at the end of input. Bytes that are no UTF-8 become U+FFFD. */
export function readWords(
  connection: Connection,
  options: WordsOptions,
): Promise<Spoken | undefined> | Spoken | undefined {
  const line = connection.inbox.line(options.lineMaxBytes, options.bareLf)
  return line instanceof Promise ? line.then(spoken) : spoken(line)
}

function spoken(line: Buffer | undefined): Spoken | undefined {
  if (line === undefined) return undefined
  const text = line.toString('utf8').trimEnd()
  const at = text.indexOf(' ')
  return at < 0
    ? { tag: '', name: text.toUpperCase(), rest: '' }
    : { tag: '', name: text.slice(0, at).toUpperCase(), rest: text.slice(at + 1) }
}
