// The tokens of a Sieve script: RFC 5228 §8.1. Knows no command.
import { problemAt, SieveError } from './problem.ts'

export interface Token {
  readonly kind: 'identifier' | 'tag' | 'number' | 'string' | 'mark' | 'end'
  /** Identifiers and tags in lower case, strings unquoted. */
  readonly text: string
  readonly number: number
  /** Index into the source. */
  readonly at: number
}

const blank = /(?:[ \t\r\n]+|#[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/)*/y
const word = /(:?)([A-Za-z_][A-Za-z0-9_]*)/y
const digits = /(\d+)([KMGkmg]?)(?![A-Za-z0-9_])/y
const multiline = /text:[ \t]*(?:#[^\n]*)?\r?\n/iy
const units: Readonly<Record<string, number>> = { '': 0, k: 10, m: 20, g: 30 }
const numberMax = 2n ** 53n - 1n
const identifierMax = 32

export class Lexer {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  /** @throws SieveError */
  next(): Token {
    this.#take(blank)
    const at = this.#at
    const first = this.#source[at]
    if (first === undefined) return token('end', 'the end of the script', at)
    if (first === '"') return this.#quoted(at)
    if (this.#take(multiline)) return this.#multiline(at)
    if (/[0-9]/.test(first)) return this.#number(at)
    const found = this.#take(word)
    if (found) return this.#word(found, at)
    if (!/[;,(){}[\]]/.test(first)) throw this.#wrong(at, `unexpected character '${first}'`)
    this.#at++
    return token('mark', first, at)
  }

  #word([, colon, name = '']: RegExpExecArray, at: number): Token {
    if (name.length > identifierMax) throw this.#wrong(at, 'identifier too long')
    return token(colon ? 'tag' : 'identifier', name.toLowerCase(), at)
  }

  #number(at: number): Token {
    const found = this.#take(digits)
    if (!found) throw this.#wrong(at, 'bad number')
    const [, figures = '', unit = ''] = found
    const value = figures.length > 20 ? numberMax + 1n : BigInt(figures)
    const whole = value << BigInt(units[unit.toLowerCase()] ?? 0)
    if (whole > numberMax) throw this.#wrong(at, 'number too large')
    return { kind: 'number', text: figures + unit, number: Number(whole), at }
  }

  #quoted(at: number): Token {
    const source = this.#source
    let end = at + 1
    while (end < source.length && source[end] !== '"') end += source[end] === '\\' ? 2 : 1
    if (end >= source.length) throw this.#wrong(at, 'string without end')
    this.#at = end + 1
    const text = source.slice(at + 1, end).replace(/\\(.)/gs, '$1')
    return token('string', withLineEnds(text), at)
  }

  /** RFC 5228 §2.4.2: lines up to a single dot, dots doubled at their beginning. */
  #multiline(at: number): Token {
    const source = this.#source
    const end = /^\.\r?(?:\n|$)/gm
    end.lastIndex = this.#at
    const found = end.exec(source)
    if (!found) throw this.#wrong(at, 'text: without the line of a single dot that ends it')
    const text = source.slice(this.#at, found.index).replace(/^\.\./gm, '.')
    this.#at = end.lastIndex
    return token('string', withLineEnds(text), at)
  }

  #take(form: RegExp): RegExpExecArray | null {
    form.lastIndex = this.#at
    const found = form.exec(this.#source)
    if (found) this.#at = form.lastIndex
    return found
  }

  #wrong(at: number, text: string): SieveError {
    return new SieveError([problemAt(this.#source, at, text)])
  }
}

/** RFC 5228 §2.4.2: lines end in CRLF, as they do in mail, however the script was kept. */
function withLineEnds(text: string): string {
  return text.includes('\n') ? text.replace(/\r?\n/g, '\r\n') : text
}

function token(kind: Token['kind'], text: string, at: number): Token {
  return { kind, text, number: 0, at }
}
