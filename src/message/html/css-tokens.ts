// The tokens of CSS as browsers find them (CSS Syntax Level 3 §4), escapes undone. What is written
// again from tokens has one reading only. Knows no property.

export type Token =
  | { readonly is: 'ident' | 'function' | 'at' | 'hash' | 'string'; readonly text: string }
  | { readonly is: 'number'; readonly text: string; readonly unit: string }
  | { readonly is: 'url'; readonly text: string }
  | { readonly is: 'delim'; readonly text: string }
  | { readonly is: 'space' | 'bad'; readonly text: '' }

const space = /[ \t\n\r\f]/
const nameStart = /[a-zA-Z_\u0080-\u{10ffff}]/u
const nameChar = /[a-zA-Z0-9_\u0080-\u{10ffff}-]/u
const number = /[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y

/** At most `max` tokens; the rest is left out. Never throws. */
export function cssTokens(css: string, max: number): Token[] {
  const reader = new Reader(css.replaceAll('\0', '\ufffd'))
  const found: Token[] = []
  while (!reader.atEnd && found.length < max) {
    const token = reader.next()
    if (token) found.push(token)
  }
  return found
}

class Reader {
  readonly #css: string
  #at = 0

  constructor(css: string) {
    this.#css = css
  }

  get atEnd(): boolean {
    return this.#at >= this.#css.length
  }

  /** undefined for a comment. */
  next(): Token | undefined {
    const css = this.#css
    const char = css[this.#at] ?? ''
    if (css.startsWith('/*', this.#at)) {
      this.#at = after(css, '*/', this.#at + 2)
      return undefined
    }
    if (space.test(char)) return this.#space()
    if (char === '"' || char === "'") return this.#string(char)
    if (/[\d.+-]/.test(char)) {
      const found = this.#number()
      if (found) return found
    }
    if (char === '#' && (this.#isName(this.#at + 1) || this.#isEscape(this.#at + 1))) {
      this.#at++
      return { is: 'hash', text: this.#name() }
    }
    if (char === '@' && this.#startsIdent(this.#at + 1)) {
      this.#at++
      return { is: 'at', text: this.#name().toLowerCase() }
    }
    if (this.#startsIdent(this.#at)) return this.#identLike()
    // Old comments of HTML in style sheets mean nothing.
    for (const mark of ['<!--', '-->'])
      if (css.startsWith(mark, this.#at)) {
        this.#at += mark.length
        return undefined
      }
    this.#at++
    return { is: 'delim', text: char }
  }

  #space(): Token {
    while (space.test(this.#css[this.#at] ?? '')) this.#at++
    return { is: 'space', text: '' }
  }

  #number(): Token | undefined {
    number.lastIndex = this.#at
    const match = number.exec(this.#css)
    if (!match) return undefined
    this.#at = number.lastIndex
    let unit = ''
    if (this.#css[this.#at] === '%') {
      unit = '%'
      this.#at++
    } else if (this.#startsIdent(this.#at)) unit = this.#name().toLowerCase()
    return { is: 'number', text: match[0], unit }
  }

  #string(quote: string): Token {
    this.#at++
    let text = ''
    while (!this.atEnd) {
      const char = this.#css[this.#at] ?? ''
      if (char === quote) {
        this.#at++
        return { is: 'string', text }
      }
      if (/[\n\r\f]/.test(char)) return { is: 'bad', text: '' }
      if (char === '\\') text += this.#escape()
      else {
        text += char
        this.#at++
      }
    }
    return { is: 'string', text }
  }

  #identLike(): Token {
    const name = this.#name()
    if (this.#css[this.#at] !== '(') return { is: 'ident', text: name }
    this.#at++
    const lower = name.toLowerCase()
    if (lower !== 'url') return { is: 'function', text: lower }
    while (space.test(this.#css[this.#at] ?? '')) this.#at++
    const quote = this.#css[this.#at] ?? ''
    return quote === '"' || quote === "'" ? this.#quotedUrl(quote) : this.#bareUrl()
  }

  #quotedUrl(quote: string): Token {
    const inside = this.#string(quote)
    while (space.test(this.#css[this.#at] ?? '')) this.#at++
    const closed = this.#css[this.#at] === ')' || this.atEnd
    if (closed) this.#at++
    return inside.is === 'string' && closed ? { is: 'url', text: inside.text } : this.#badUrl()
  }

  #bareUrl(): Token {
    let text = ''
    while (!this.atEnd) {
      const char = this.#css[this.#at] ?? ''
      if (char === ')') {
        this.#at++
        return { is: 'url', text }
      }
      if (space.test(char)) {
        while (space.test(this.#css[this.#at] ?? '')) this.#at++
        if (this.#css[this.#at] === ')' || this.atEnd) continue
        return this.#badUrl()
      }
      if (/["'(]/.test(char) || char < ' ') return this.#badUrl()
      if (char === '\\') text += this.#escape()
      else {
        text += char
        this.#at++
      }
    }
    return { is: 'url', text }
  }

  #badUrl(): Token {
    this.#at = after(this.#css, ')', this.#at)
    return { is: 'bad', text: '' }
  }

  #name(): string {
    let text = ''
    while (!this.atEnd) {
      if (this.#isName(this.#at)) {
        const char = String.fromCodePoint(this.#css.codePointAt(this.#at) ?? 0)
        text += char
        this.#at += char.length
      } else if (this.#isEscape(this.#at)) text += this.#escape()
      else break
    }
    return text
  }

  #isName(at: number): boolean {
    const code = this.#css.codePointAt(at)
    return code !== undefined && nameChar.test(String.fromCodePoint(code))
  }

  #isEscape(at: number): boolean {
    return this.#css[at] === '\\' && !/[\n\r\f]/.test(this.#css[at + 1] ?? '\n')
  }

  #startsIdent(at: number): boolean {
    const css = this.#css
    if (css[at] === '-')
      return css[at + 1] === '-' || this.#startsName(at + 1) || this.#isEscape(at + 1)
    return this.#startsName(at) || this.#isEscape(at)
  }

  #startsName(at: number): boolean {
    const code = this.#css.codePointAt(at)
    return code !== undefined && nameStart.test(String.fromCodePoint(code))
  }

  /** What a backslash and what follows stand for; the end of a line stands for nothing. */
  #escape(): string {
    this.#at++
    const hex = /^[0-9a-fA-F]{1,6}/.exec(this.#css.slice(this.#at, this.#at + 6))?.[0]
    if (hex === undefined) {
      const code = this.#css.codePointAt(this.#at)
      const char = code === undefined ? '' : String.fromCodePoint(code)
      this.#at += char.length
      return /^[\n\r\f]$/.test(char) ? '' : char
    }
    this.#at += hex.length
    if (this.#css.startsWith('\r\n', this.#at)) this.#at += 2
    else if (space.test(this.#css[this.#at] ?? '')) this.#at++
    const code = Number.parseInt(hex, 16)
    const real = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff)
    return real ? String.fromCodePoint(code) : '\ufffd'
  }
}

/** One way to write each token, so that it is read as the same token, in HTML too. */
export function written(token: Token): string {
  switch (token.is) {
    case 'space':
      return ' '
    case 'bad':
      return ''
    case 'string':
      return `"${escaped(token.text)}"`
    case 'url':
      return `url("${escaped(token.text)}")`
    case 'number':
      return token.text + (token.unit === '%' ? '%' : identified(token.unit))
    case 'hash':
      return `#${identified(token.text, true)}`
    case 'at':
      return `@${identified(token.text)}`
    case 'function':
      return `${identified(token.text)}(`
    case 'ident':
      return identified(token.text)
    default:
      return token.text
  }
}

function escaped(text: string): string {
  return text.replace(/[^ !#$%()*+,\-./\w:;=?@[\]^_{|}~\u00a0-\u{10ffff}]/gu, code)
}

function identified(text: string, hash = false): string {
  const start = hash ? /^$/ : /^(?:-?\d|-$)/
  const lead = start.exec(text)?.[0] ?? ''
  const head = lead === '' ? '' : [...lead].map(code).join('')
  return head + text.slice(lead.length).replace(/[^\w\u00a0-\u{10ffff}-]/gu, code)
}

function code(char: string): string {
  return `\\${char.codePointAt(0)?.toString(16)} `
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found + mark.length
}
