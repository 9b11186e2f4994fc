// A command's tag and name, RFC 9051 §2.2.1, and how much of it is borne. A message is not read
// here: APPEND takes it as it comes.
import type { Heard, LiteralReader, Piece, ReadingLimits } from '../../wire/literal-reader.ts'
import type { Spoken } from '../../wire/protocol.ts'

/** Strangers get little room: what they say is short. */
export const strangerLimits: ReadingLimits = {
  // RFC 2971 §3.3: an ID of 30 fields of 30 bytes with 1,024 bytes each.
  lineMaxBytes: 36_864,
  literalMaxBytes: 8_192,
  commandMaxBytes: 65_536,
  literalsMax: 16,
  skippedMaxBytes: 65_536,
}

export const userLimits: ReadingLimits = {
  lineMaxBytes: 65_536,
  literalMaxBytes: 102_400,
  commandMaxBytes: 1_048_576,
  literalsMax: 1_000,
  // A message that was refused and is on its way all the same.
  skippedMaxBytes: 134_217_728,
}

/** A command's arguments as they were heard. */
export interface Said extends Heard {
  readonly tag: string
}

/** The next command; undefined when the client has ended. */
export function spokenBy(
  reader: LiteralReader,
): Promise<Spoken<Said> | undefined> | Spoken<Said> | undefined {
  const heard = reader.read(isMessage)
  return heard instanceof Promise ? heard.then(spoken) : spoken(heard)
}

const takesMessage = /^\S+ (?:UID )?(?:APPEND|REPLACE \S+) (.?)/i
const headMaxBytes = 300

/** Whether the literal after these pieces is a message, and no mailbox's name. */
export function isMessage(pieces: readonly Piece[]): boolean {
  const [first] = pieces
  if (!first || !('text' in first)) return false
  const found = takesMessage.exec(first.text.toString('latin1', 0, headMaxBytes))
  return found !== null && (pieces.length > 1 || found[1] !== '')
}

const tagChars = /^[^\x00-\x20(){%*"\\+\x7f-\xff]{1,100}$/
const space = 32

function spoken(heard: Heard | undefined): Spoken<Said> | undefined {
  if (heard === undefined) return undefined
  const [first, ...more] = heard.pieces
  const text = first && 'text' in first ? first.text : Buffer.alloc(0)
  const tagEnd = end(text, 0)
  const tag = text.toString('latin1', 0, tagEnd)
  if (!tagChars.test(tag)) return { tag: '', name: '', rest: { ...heard, tag } }
  let nameEnd = end(text, tagEnd + 1)
  let name = nameIn(text, tagEnd + 1, nameEnd)
  if (name === 'UID') {
    const uidEnd = end(text, nameEnd + 1)
    name = `UID ${nameIn(text, nameEnd + 1, uidEnd)}`
    nameEnd = uidEnd
  }
  const rest = { ...heard, tag, pieces: [{ text: text.subarray(nameEnd) }, ...more] }
  return { tag, name, rest, ...(heard.fault === undefined ? {} : { fault: heard.fault }) }
}

function end(text: Buffer, from: number): number {
  const at = text.indexOf(space, from)
  return at < 0 ? text.length : at
}

/** No command's name is longer than that. */
const nameMaxChars = 32

function nameIn(text: Buffer, from: number, to: number): string {
  return text.toString('latin1', from, Math.min(to, from + nameMaxChars)).toUpperCase()
}
