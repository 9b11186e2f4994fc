// Keeps of a stranger's CSS what changes how a text looks, and nothing that loads, overlays or
// reads: read as tokens, written anew. Knows no HTML.
import { functions, isAllowedProperty } from './allowed.table.ts'
import { cssTokens, type Token, written } from './css-tokens.ts'

/** A picture's address as it may be loaded; undefined where it may not. */
export type Picture = (url: string) => string | undefined

const tokensMax = 100_000
const rulesMax = 5_000
const mediaDepthMax = 3

/** The declarations of a style attribute. */
export function cleanDeclarations(css: string, picture: Picture): string {
  return declarations(cssTokens(css, 2_000), picture)
}

/** The rules of a style element. */
export function cleanStyleSheet(css: string, picture: Picture): string {
  const sheet = new Sheet(cssTokens(css, tokensMax), picture)
  return sheet.rules(0)
}

class Sheet {
  readonly #tokens: readonly Token[]
  readonly #picture: Picture
  #at = 0
  #rules = 0

  constructor(tokens: readonly Token[], picture: Picture) {
    this.#tokens = tokens
    this.#picture = picture
  }

  /** Up to the end, or the bracket that closes the block around them. */
  rules(depth: number): string {
    let out = ''
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at]
      if (isMark(token, '}')) {
        this.#at++
        if (depth > 0) return out
      } else if (token?.is === 'space' || isMark(token, ';')) this.#at++
      else out += token?.is === 'at' ? this.#atRule(token.text, depth) : this.#rule()
    }
    return out
  }

  #atRule(name: string, depth: number): string {
    this.#at++
    const prelude = this.#until(['{', ';', '}'])
    if (!isMark(this.#tokens[this.#at], '{')) return ''
    const query = mediaQuery(prelude)
    if (name !== 'media' || depth >= mediaDepthMax || query === undefined) {
      this.#block()
      return ''
    }
    this.#at++
    const inside = this.rules(depth + 1)
    return inside === '' ? '' : `@media${query}{${inside}}\n`
  }

  #rule(): string {
    const selector = selectorOf(this.#until(['{', '}']))
    if (!isMark(this.#tokens[this.#at], '{')) return ''
    const kept = declarations(this.#block(), this.#picture)
    if (selector === undefined || kept === '' || ++this.#rules > rulesMax) return ''
    return `${selector}{${kept}}\n`
  }

  #until(marks: readonly string[]): readonly Token[] {
    const from = this.#at
    const isEnd = (token: Token | undefined) => marks.some((mark) => isMark(token, mark))
    while (this.#at < this.#tokens.length && !isEnd(this.#tokens[this.#at])) this.#at++
    return this.#tokens.slice(from, this.#at)
  }

  /** What is between a bracket and the one that closes it. */
  #block(): readonly Token[] {
    const from = ++this.#at
    let depth = 1
    for (; this.#at < this.#tokens.length; this.#at++) {
      const token = this.#tokens[this.#at]
      if (isMark(token, '{')) depth++
      if (isMark(token, '}') && --depth === 0) break
    }
    return this.#tokens.slice(from, this.#at++)
  }
}

function isMark(token: Token | undefined, mark: string): boolean {
  return token?.is === 'delim' && token.text === mark
}

/** Only names, numbers and what joins them. */
function mediaQuery(tokens: readonly Token[]): string | undefined {
  const fits = tokens.every(
    (token) =>
      ['ident', 'number', 'space'].includes(token.is) ||
      (token.is === 'delim' && /^[(),:]$/.test(token.text)),
  )
  return fits ? ` ${tokens.map(written).join('').trim()}` : undefined
}

/** undefined for selectors that read attributes, whose values are nobody's business. */
function selectorOf(tokens: readonly Token[]): string | undefined {
  const fits = tokens.every(
    (token) =>
      ['ident', 'number', 'space', 'hash', 'function'].includes(token.is) ||
      (token.is === 'delim' && /^[.,:>+~*()]$/.test(token.text)),
  )
  const text = tokens
    .map((token) =>
      token.is === 'hash' ? written({ ...token, text: prefixed(token.text) }) : written(token),
    )
    .join('')
    .trim()
  return fits && text !== '' ? text : undefined
}

/** Names of a stranger's elements are kept apart from ours. */
export function prefixed(id: string): string {
  return `m-${id}`
}

function declarations(tokens: readonly Token[], picture: Picture): string {
  return split(tokens)
    .flatMap((each) => declaration(each, picture) ?? [])
    .join(';')
}

/** At semicolons that stand in no bracket. */
function split(tokens: readonly Token[]): Token[][] {
  const found: Token[][] = [[]]
  let depth = 0
  for (const token of tokens) {
    if (token.is === 'function' || (token.is === 'delim' && /^[([{]$/.test(token.text))) depth++
    if (token.is === 'delim' && /^[)\]}]$/.test(token.text)) depth = Math.max(0, depth - 1)
    if (depth === 0 && isMark(token, ';')) found.push([])
    else found.at(-1)?.push(token)
  }
  return found
}

function declaration(tokens: readonly Token[], picture: Picture): string | undefined {
  const start = tokens.findIndex(({ is }) => is !== 'space')
  const [head, ...rest] = tokens.slice(start)
  const colon = rest.findIndex(({ is }) => is !== 'space')
  if (head?.is !== 'ident' || !isMark(rest[colon], ':')) return undefined
  const name = head.text.toLowerCase()
  const value = rest.slice(colon + 1)
  if (!isAllowedProperty(name)) {
    // A picture that would have been loaded by another property is one that was held back.
    for (const token of value) if (token.is === 'url') picture(token.text)
    return undefined
  }
  const text = valueText(name, value, picture)
  return text === undefined ? undefined : `${name}:${text}`
}

function valueText(name: string, value: readonly Token[], picture: Picture): string | undefined {
  let depth = 0
  let out = ''
  for (const token of value) {
    if (token.is === 'delim' && token.text === ')' && --depth < 0) return undefined
    if (token.is === 'function' || isMark(token, '(')) depth++
    const text = pieceOf(name, token, picture)
    if (text === undefined) return undefined
    out += text
  }
  // Nothing that stays open reaches into what follows.
  const text = `${out.trim()}${')'.repeat(depth)}`
  if (text === '' || (name === 'position' && !/^(?:static|relative)\b/i.test(text)))
    return undefined
  return text
}

function pieceOf(name: string, token: Token, picture: Picture): string | undefined {
  switch (token.is) {
    case 'url': {
      const address = picture(token.text)
      const fits = /^(?:background|list-style)/.test(name) && address !== undefined
      return fits ? written({ is: 'url', text: address }) : undefined
    }
    case 'function':
      return functions.has(token.text) ? written(token) : undefined
    case 'delim':
      return /^[(),/!+*%-]$/.test(token.text) ? token.text : undefined
    case 'ident':
      return /^(?:expression|behavior|javascript)$/i.test(token.text) ? undefined : written(token)
    case 'string':
    case 'number':
    case 'hash':
    case 'space':
      return written(token)
    default:
      return undefined
  }
}
