// Header fields on their way out: folded at 76 columns (RFC 5322 §2.1.1), non-ASCII text in
// encoded words (RFC 2047). Whoever calls has refused CR, LF and NUL before.
import { type Address, formatAddress } from './address.ts'

/** An address with the name to show for it. */
export type Correspondent = Address & { readonly name?: string | undefined }

const columnsMax = 76
const wordMaxChars = 75
const wordMaxPlain = 900 // RFC 5322 §2.1.1: 998 with the field's name before it
const wordOverhead = '=?UTF-8?Q??='.length

/** A field of free text, "Subject: …", ended by CRLF. Decoding it gives `text` exactly. */
export function textField(name: string, text: string): string {
  if (!isPlain(text)) return foldWords(name, encodeWords(text, name.length + 2))
  let line = `${name}:`
  let out = ''
  for (const word of ` ${text}`.match(/ +[^ ]+/g) ?? []) {
    if (line.length + word.length > columnsMax && (out !== '' || line.length > name.length + 1)) {
      out += `${line}\r\n`
      line = ''
    }
    line += word
  }
  return `${out}${line}\r\n`
}

/** A field of addresses; an empty list becomes an empty group (RFC 5322 §3.4). */
export function addressField(name: string, list: readonly Correspondent[]): string {
  if (list.length === 0) return `${name}: undisclosed-recipients:;\r\n`
  const words: string[] = []
  for (const [n, to] of list.entries()) {
    const comma = n < list.length - 1 ? ',' : ''
    const said = to.name ?? ''
    if (said === '') words.push(`${formatAddress(to)}${comma}`)
    else words.push(...phrase(said), `<${formatAddress(to)}>${comma}`)
  }
  return foldWords(name, words)
}

/** Words with one blank, or one fold, between them. */
export function foldWords(name: string, words: readonly string[]): string {
  let line = `${name}:`
  let out = ''
  for (const word of words) {
    const tooLong = line.length + 1 + word.length > columnsMax
    if (tooLong && (out !== '' || line.length > name.length + 1 || isWord(word))) {
      out += `${line}\r\n`
      line = ''
    }
    line += ` ${word}`
  }
  return `${out}${line}\r\n`
}

function isWord(word: string): boolean {
  return word.startsWith('=?')
}

function isPlain(text: string): boolean {
  if (/[^\x20-\x7e]/.test(text) || text.includes('=?') || text.trim() !== text) return false
  return text.length <= wordMaxPlain || text.split(' ').every((word) => word.length <= wordMaxPlain)
}

/** RFC 5322 §3.2.5: atoms as they are, else a quoted string, else encoded words. */
function phrase(name: string): string[] {
  const short = name.length <= columnsMax - 4
  if (short && isPlain(name)) {
    const atoms = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
    return [atoms.test(name) ? name : `"${name.replace(/["\\]/g, '\\$&')}"`]
  }
  return encodeWords(name, columnsMax)
}

/**
 * Text as encoded words, whole characters in each. `column` is where the first will stand; it is
 * made short enough to stay on that line, or full length for the next where little room is left.
 */
export function encodeWords(text: string, column: number): string[] {
  const bytes = Buffer.from(text, 'utf8')
  const quoted = quotedCost(bytes) <= Math.ceil(bytes.length / 3) * 4
  const words: string[] = []
  const left = columnsMax - column
  let room = payload(left >= 40 ? Math.min(left, wordMaxChars) : wordMaxChars, quoted)
  let start = 0
  let used = 0
  for (let at = 0; at < bytes.length; ) {
    const width = characterWidth(bytes[at]!)
    const cost = quoted ? quotedCost(bytes.subarray(at, at + width)) : width
    if (used + cost > room) {
      words.push(encodeWord(bytes.subarray(start, at), quoted))
      room = payload(wordMaxChars, quoted)
      start = at
      used = 0
    }
    used += cost
    at += width
  }
  words.push(encodeWord(bytes.subarray(start), quoted))
  return words
}

/** What fits into a word of that many characters: characters of Q, or bytes of B. */
function payload(wordChars: number, quoted: boolean): number {
  const chars = wordChars - wordOverhead
  return quoted ? chars : Math.floor(chars / 4) * 3
}

function characterWidth(lead: number): number {
  return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4
}

/** RFC 2047 §5 (3): what may stand for itself in any place. The blank becomes "_". */
function isSafe(byte: number): boolean {
  const letter = byte | 32
  return (
    (letter >= 97 && letter <= 122) ||
    (byte >= 48 && byte <= 57) ||
    byte === 32 ||
    byte === 33 ||
    byte === 42 ||
    byte === 43 ||
    byte === 45 ||
    byte === 47
  )
}

function quotedCost(bytes: Buffer): number {
  let cost = 0
  for (const byte of bytes) cost += isSafe(byte) ? 1 : 3
  return cost
}

function encodeWord(bytes: Buffer, quoted: boolean): string {
  if (!quoted) return `=?UTF-8?B?${bytes.toString('base64')}?=`
  let text = ''
  for (const byte of bytes) {
    if (byte === 32) text += '_'
    else if (isSafe(byte)) text += String.fromCharCode(byte)
    else text += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return `=?UTF-8?Q?${text}?=`
}
