// The macros of SPF, RFC 7208 §7. Knows how they expand, and asks for what must be looked up.
import { addressNibbles } from '../address-bits.ts'

export interface MacroValues {
  /** As it was said, "postmaster" for none. */
  readonly local: string
  /** The domain of the sender, which stays the same in includes. */
  readonly senderDomain: string
  /** The domain whose record is being read. */
  readonly domain: string
  readonly address: string
  readonly helo: string
  /** Our own name. */
  readonly receiver: string
  /** Seconds since 1970. */
  readonly now: number
  /** The client's name, proved by a look in both directions; "unknown" without one. */
  validated(): Promise<string>
}

const nameMaxLength = 253

/** As the name of a question: cut from the left to what a name can be (RFC 7208 §7.3). */
export async function expandName(spec: string, values: MacroValues): Promise<string> {
  const name = (await expand(spec, values)).replace(/\.$/, '')
  if (name.length <= nameMaxLength) return name
  const labels = name.split('.')
  while (labels.join('.').length > nameMaxLength && labels.length > 1) labels.shift()
  return labels.join('.')
}

/** Any text of macros, an explanation too. */
export async function expand(text: string, values: MacroValues): Promise<string> {
  const macro = /%(?:([%_-])|\{([a-z])(\d*)(r?)([.\-+,/_=]*)\})/gi
  let out = ''
  let at = 0
  for (const match of text.matchAll(macro)) {
    out += text.slice(at, match.index)
    at = match.index + match[0].length
    const [, plain, letter, digits = '', reverse = '', marks = ''] = match
    if (letter === undefined) {
      out += plain === '%' ? '%' : plain === '_' ? ' ' : '%20'
      continue
    }
    const value = transformed(await macroValue(letter, values), digits, reverse !== '', marks)
    out += letter === letter.toUpperCase() ? encodeUrl(value) : value
  }
  return out + text.slice(at)
}

async function macroValue(letter: string, values: MacroValues): Promise<string> {
  switch (letter.toLowerCase()) {
    case 's':
      return `${values.local}@${values.senderDomain}`
    case 'l':
      return values.local
    case 'o':
      return values.senderDomain
    case 'd':
      return values.domain
    case 'i':
      return values.address.includes(':')
        ? addressNibbles(values.address).join('.').toUpperCase()
        : values.address
    case 'p':
      return await values.validated()
    case 'v':
      return values.address.includes(':') ? 'ip6' : 'in-addr'
    case 'h':
      return values.helo
    case 'c':
      return values.address
    case 'r':
      return values.receiver
    default:
      return String(values.now)
  }
}

function transformed(value: string, digits: string, reverse: boolean, marks: string): string {
  if (digits === '' && !reverse && marks === '') return value
  const split = new RegExp(`[${(marks === '' ? '.' : marks).replace(/[\\\]^-]/g, '\\$&')}]`)
  const parts = value.split(split)
  if (reverse) parts.reverse()
  return (digits === '' ? parts : parts.slice(-Number(digits))).join('.')
}

function encodeUrl(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
