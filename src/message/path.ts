// The argument of MAIL FROM: and RCPT TO:, RFC 5321 §4.1.2, strict or as people type it.
// Knows no policy: which parameters or addresses are welcome is the caller's to say.
import { type Address, needsSmtpUtf8, parseDomain, readAddress } from './address.ts'

export interface PathOptions {
  /** Also take spaces around the path, no angle brackets, and a local part without domain. */
  readonly lenient: boolean
  /** UTF-8 is allowed in this transaction; a SMTPUTF8 parameter allows it too (RFC 6531 §3.4). */
  readonly smtpUtf8?: boolean
}

export interface Path {
  /** null is "<>". A `domain` of "" is for the caller to fill in. */
  readonly address: Address | null
  /** Keys in upper case, values as given ("" where there is no "="). */
  readonly params: ReadonlyMap<string, string>
  /** Written without angle brackets. */
  readonly bare: boolean
}

/**
 * Reads what follows the colon of `MAIL FROM:` or `RCPT TO:`, without the line end. Source routes
 * are taken and dropped (RFC 5321 §4.1.1.3); `<postmaster>` needs no domain there.
 */
export function parsePath(text: string, options: PathOptions): Path | { error: string } {
  const argument = withoutBlanks(text, options.lenient)
  if (/[\x00-\x1f\x7f]/.test(argument)) return { error: 'control character' }
  const split = splitPath(argument, options.lenient)
  if (typeof split === 'string') return { error: split }
  const params = readParams(split.rest)
  if (typeof params === 'string') return { error: params }
  const utf8 = options.smtpUtf8 === true || params.has('SMTPUTF8')
  if (!utf8 && /[^\x00-\x7f]/.test(argument)) return { error: needsSmtpUtf8 }
  const address = readMailbox(split.path, utf8, options.lenient)
  if (typeof address === 'string') return { error: address }
  return { address, params, bare: split.bare }
}

/** RFC 5321 §4.1.1 has trailing white space tolerated; leading is for the lenient. */
function withoutBlanks(text: string, leadingToo: boolean): string {
  let start = 0
  let end = text.length
  while (leadingToo && isBlank(text[start])) start++
  while (end > start && isBlank(text[end - 1])) end--
  return text.slice(start, end)
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t'
}

interface Split {
  readonly path: string
  readonly rest: string
  readonly bare: boolean
}

function splitPath(text: string, lenient: boolean): Split | string {
  const bare = !text.startsWith('<')
  if (bare && !lenient) return 'no angle bracket'
  const end = unquotedIndex(text, bare ? ' ' : '>')
  if (!bare && end < 0) return 'angle bracket without end'
  if (bare) {
    const path = end < 0 ? text : text.slice(0, end)
    return path === '' ? 'no address' : { path, rest: text.slice(path.length), bare }
  }
  const path = text.slice(1, end)
  const rest = text.slice(end + 1)
  // "<User>@example.com", as printed in a manual and typed by its readers.
  if (lenient && rest.startsWith('@') && path !== '' && !path.includes('@')) {
    const space = rest.indexOf(' ')
    const domain = space < 0 ? rest : rest.slice(0, space)
    return { path: path + domain, rest: rest.slice(domain.length), bare }
  }
  return { path, rest, bare }
}

/** The first `mark` outside a quoted string, or -1. */
function unquotedIndex(text: string, mark: string): number {
  let quoted = false
  for (let n = 0; n < text.length; n++) {
    if (quoted && text[n] === '\\') n++
    else if (text[n] === '"') quoted = !quoted
    else if (text[n] === mark && !quoted) return n
  }
  return -1
}

function readMailbox(path: string, smtpUtf8: boolean, lenient: boolean): Address | null | string {
  if (path === '') return null
  let mailbox = path
  if (path.startsWith('@')) {
    const colon = path.indexOf(':')
    const hops = path.slice(0, colon).split(',')
    if (colon < 0 || !hops.every((hop) => isHop(hop, smtpUtf8))) return 'bad source route'
    mailbox = path.slice(colon + 1)
  }
  const domainless = lenient || /^postmaster$/i.test(mailbox)
  return readAddress(mailbox, { smtpUtf8, domainless })
}

function isHop(hop: string, smtpUtf8: boolean): boolean {
  return hop.startsWith('@') && parseDomain(hop.slice(1), { smtpUtf8 }) !== undefined
}

function readParams(text: string): Map<string, string> | string {
  const params = new Map<string, string>()
  if (text === '') return params
  if (!text.startsWith(' ')) return 'text after the path'
  for (const word of text.split(' ')) {
    if (word === '') continue
    const equals = word.indexOf('=')
    const key = (equals < 0 ? word : word.slice(0, equals)).toUpperCase()
    const value = equals < 0 ? '' : word.slice(equals + 1)
    // RFC 5321 §4.1.2 esmtp-keyword and esmtp-value, the latter with RFC 6531 §3.3's UTF-8.
    if (!/^[A-Z0-9][A-Z0-9-]*$/.test(key)) return 'bad parameter'
    if (equals >= 0 && (value === '' || /[=\s]/.test(value))) return 'bad parameter value'
    if (params.has(key)) return 'parameter given twice'
    params.set(key, value)
  }
  return params
}
