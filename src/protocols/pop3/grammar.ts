// The commands of POP3 and their arguments, as values. Pure, but for taking a line.
import type { Connection } from '../../wire/connection.ts'
import { type Spoken, Syntax } from '../../wire/protocol.ts'

/** RFC 2449 §4 allows 255; an AUTH response may be as long as RFC 4954 §4 has it. */
const lineMaxBytes = 12_288 + 64

/**
 * One line as a command; undefined at the end of input. A lone LF ends it too, for people who type.
 * Nothing is trimmed: blanks may be part of a password (RFC 1939 §7).
 */
export function readCommand(
  connection: Connection,
): Promise<Spoken | undefined> | Spoken | undefined {
  const line = connection.inbox.line(lineMaxBytes, true)
  return line instanceof Promise ? line.then(spoken) : spoken(line)
}

function spoken(line: Buffer | undefined): Spoken | undefined {
  if (line === undefined) return undefined
  const text = line.toString('utf8')
  const at = text.indexOf(' ')
  return at < 0
    ? { tag: '', name: text.toUpperCase(), rest: '' }
    : { tag: '', name: text.slice(0, at).toUpperCase(), rest: text.slice(at + 1) }
}

/** The command takes no argument. */
export function nothing(rest: string): void {
  if (rest.trim() !== '') throw new Syntax('No argument expected')
}

/** One argument that may be anything. RFC 6856 §2.2: but UTF-8 it is. */
export function text(rest: string): string {
  if (rest === '' || rest.includes('\uFFFD')) throw new Syntax('A text is expected, in UTF-8')
  return rest
}

/** A message number from 1. */
export function number(rest: string): number {
  const digits = rest.trim()
  if (!/^\d{1,15}$/.test(digits)) throw new Syntax('A message number is expected')
  return Number(digits)
}

/** A message number, or undefined for all. */
export function numberOrAll(rest: string): number | undefined {
  return rest.trim() === '' ? undefined : number(rest)
}

/** "1 10": a message number and how many lines. */
export function numberAndLines(rest: string): { number: number; lines: number } {
  const [first = '', lines = '', ...more] = rest.trim().split(/ +/)
  if (!/^\d{1,15}$/.test(lines) || more.length > 0)
    throw new Syntax('A message number and a count of lines are expected')
  return { number: number(first), lines: Number(lines) }
}

/** "PLAIN dGVzdA==": RFC 5034 §4; without an argument the mechanisms are asked for. */
export function authArgument(rest: string): { mechanism: string; initial: string | undefined } {
  const [mechanism = '', initial, ...more] = rest.trim().split(/ +/)
  if (more.length > 0) throw new Syntax('A mechanism and a response are expected')
  return { mechanism: mechanism.toUpperCase(), initial }
}
