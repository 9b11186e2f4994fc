// What clients say in ManageSieve, as values: RFC 5804 §4. Strings are quoted or literals, and
// reading them is the wire's.
import { isUtf8 } from 'node:buffer'
import type { Heard, LiteralReader, Piece, ReadingLimits } from '../../wire/literal-reader.ts'
import { type Spoken, Syntax } from '../../wire/protocol.ts'

const mib = 1024 * 1024

/** Strangers get little room: what they say is short. */
export const strangerLimits: ReadingLimits = {
  ...{ lineMaxBytes: 16_384, literalMaxBytes: 16_384, commandMaxBytes: 32_768 },
  ...{ literalsMax: 4, skippedMaxBytes: 65_536 },
}

export const userLimits: ReadingLimits = {
  ...{ lineMaxBytes: 65_536, literalMaxBytes: mib, commandMaxBytes: 2 * mib },
  // A script that was refused and is on its way all the same.
  ...{ literalsMax: 4, skippedMaxBytes: 16 * mib },
}

export type Said = readonly Piece[]

/** The next command; undefined when the client has ended. */
export function spokenBy(
  reader: LiteralReader,
): Promise<Spoken<Said> | undefined> | Spoken<Said> | undefined {
  const heard = reader.read(() => false)
  return heard instanceof Promise ? heard.then(spoken) : spoken(heard)
}

function spoken(heard: Heard | undefined): Spoken<Said> | undefined {
  if (heard === undefined) return undefined
  const [first, ...more] = heard.pieces
  const text = first && 'text' in first ? first.text : Buffer.alloc(0)
  const name = /^[A-Za-z]{0,32}/.exec(text.toString('latin1', 0, 32))?.[0] ?? ''
  const rest = [{ text: text.subarray(name.length) }, ...more]
  const { fault } = heard
  return { tag: '', name: name.toUpperCase(), rest, ...(fault === undefined ? {} : { fault }) }
}

/** As many strings as the command takes, and no more; a number is given as its digits. */
export function strings(said: Said, least: number, most = least): readonly string[] {
  const found = said.flatMap((piece) =>
    'literal' in piece ? [textOf(piece.literal)] : wordsIn(piece.text),
  )
  if (found.length < least || found.length > most)
    throw new Syntax(`${least === most ? least : `${least} to ${most}`} arguments are expected`)
  return found
}

export function nothing(said: Said): void {
  strings(said, 0)
}

const word = /^ *(?:"((?:[^"\\\r\n]|\\["\\])*)"|(\d{1,10}))(?= |$)/

function wordsIn(bytes: Buffer): string[] {
  const words: string[] = []
  let text = textOf(bytes).replace(/ +$/, '')
  while (text !== '') {
    const found = word.exec(text)
    if (!found) throw new Syntax('A string is expected')
    words.push(found[2] ?? (found[1] ?? '').replace(/\\(["\\])/g, '$1'))
    text = text.slice(found[0].length)
  }
  return words
}

function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new Syntax('Texts are UTF-8')
  return bytes.toString('utf8')
}

/** A string as the server says it: quoted where it may be, else a literal. */
export function quoted(text: string): string {
  if (text.length <= 1000 && !/[\x00-\x1f\x7f]/.test(text))
    return `"${text.replace(/["\\]/g, '\\$&')}"`
  return literal(text)
}

export function literal(text: string): string {
  return `{${Buffer.byteLength(text)}}\r\n${text}`
}
