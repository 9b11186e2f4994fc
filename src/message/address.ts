// Mail addresses: RFC 5321 §4.1.2 mailboxes with RFC 6531 §3.3, read strictly and written safely.
// Knows neither paths with their parameters (path.ts) nor header lists (address-list.ts).
import { isIPv4, isIPv6 } from 'node:net'
import { domainToASCII, domainToUnicode } from 'node:url'

/** A parsed address. `local` keeps its case; `domain` is lower case, U-labels made A-labels. */
export interface Address {
  /** Without quotes and quoted pairs: what the sender means, not how it was written. */
  readonly local: string
  readonly domain: string
}

export interface AddressOptions {
  /** Allow UTF-8 in local part and domain (RFC 6531). Text must have been decoded as UTF-8. */
  readonly smtpUtf8?: boolean
  /** Allow a local part alone; its `domain` is then "". */
  readonly domainless?: boolean
}

/** The reason for which a text that would be an address under SMTPUTF8 is none. */
export const needsSmtpUtf8 = 'non-ASCII address without SMTPUTF8'

const localMaxOctets = 64 // RFC 5321 §4.5.3.1.1
const domainMaxOctets = 255 // RFC 5321 §4.5.3.1.2
const labelMaxOctets = 63 // RFC 1035 §2.3.4
const dotString = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const quotedContent = /^(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])+$/
const nonAscii = /[^\x00-\x7f]/u
const nonAsciiAll = /[^\x00-\x7f]/gu
// Invisible, private or replaced characters: nothing that a person can have meant to type.
const unfit = /[\p{C}\p{Zl}\p{Zp}\ufffd]|(?! )\p{Zs}/u

/** The address that `text` is, whole and exact, or undefined. */
export function parseAddress(text: string, options: AddressOptions = {}): Address | undefined {
  const address = readAddress(text, options)
  return typeof address === 'string' ? undefined : address
}

/** As `parseAddress`, but gives the reason in words where `text` is no address. */
export function readAddress(text: string, options: AddressOptions = {}): Address | string {
  if (nonAscii.test(text)) {
    if (!options.smtpUtf8) return needsSmtpUtf8
    if (unfit.test(text)) return 'character not allowed in an address'
  }
  const at = localEnd(text)
  if (at < 0) return 'quoted string without end'
  const local = readLocal(text.slice(0, at))
  if (typeof local !== 'object') return local
  if (at === text.length) {
    return options.domainless ? { local: local.text, domain: '' } : 'no domain'
  }
  const domain = text[at] === '@' ? parseDomain(text.slice(at + 1), options) : undefined
  return domain === undefined ? 'bad domain' : { local: local.text, domain }
}

/** Where the local part ends: at its "@" or at the end; -1 where a quoted string does not end. */
function localEnd(text: string): number {
  if (text[0] !== '"') {
    const at = text.indexOf('@')
    return at < 0 ? text.length : at
  }
  for (let n = 1; n < text.length; n++) {
    if (text[n] === '\\') n++
    else if (text[n] === '"') return n + 1
  }
  return -1
}

function readLocal(written: string): { text: string } | string {
  if (written === '' || written === '""') return 'empty local part'
  if (Buffer.byteLength(written) > localMaxOctets) return 'local part longer than 64 octets'
  // RFC 6531 §3.3 adds UTF-8 to atext and qtext alike, so the ASCII grammar decides the rest.
  const shadow = written.replace(nonAsciiAll, 'x')
  if (written[0] !== '"') return dotString.test(shadow) ? { text: written } : 'bad local part'
  if (!quotedContent.test(shadow.slice(1, -1))) return 'bad local part'
  return { text: written.slice(1, -1).replace(/\\(.)/gu, '$1') }
}

/** The domain or address literal that `text` is, lower case and in A-labels, or undefined. */
export function parseDomain(text: string, options: AddressOptions = {}): string | undefined {
  if (text.startsWith('[')) return parseLiteral(text)
  let domain = text.toLowerCase()
  if (nonAscii.test(text)) {
    if (!options.smtpUtf8) return undefined
    // Only real U-labels: what UTS 46 would have to map (full-width letters and dots) is refused.
    const written = domain.normalize('NFC')
    domain = domainToASCII(written)
    if (domain === '' || domainToUnicode(domain) !== written) return undefined
    if (!written.replace(nonAsciiAll, 'x').split('.').every(isLabel)) return undefined
  }
  if (domain.length > domainMaxOctets) return undefined
  return domain.split('.').every(isLabel) ? domain : undefined
}

function isLabel(label: string): boolean {
  return (
    label.length <= labelMaxOctets &&
    /^[a-z0-9-]+$/.test(label) &&
    !label.startsWith('-') &&
    !label.endsWith('-')
  )
}

/** RFC 5321 §4.1.3: "[192.0.2.1]" or "[IPv6:2001:db8::1]"; no other tag is registered. */
function parseLiteral(text: string): string | undefined {
  if (!text.endsWith(']') || text.length > 60) return undefined
  const inner = text.slice(1, -1).toLowerCase()
  if (isIPv4(inner)) return `[${inner}]`
  if (!inner.startsWith('ipv6:') || inner.includes('%')) return undefined
  return isIPv6(inner.slice(5)) ? `[${inner}]` : undefined
}

/** "local@domain", the local part quoted where it must be; the local part alone without domain. */
export function formatAddress(address: Address): string {
  const shadow = address.local.replace(nonAsciiAll, 'x')
  const local = dotString.test(shadow)
    ? address.local
    : `"${address.local.replace(/["\\]/g, '\\$&')}"`
  return address.domain === '' ? local : `${local}@${address.domain}`
}

/**
 * Whether two addresses are one mailbox. ASCII case of the local part is ignored: RFC 5321 §2.4
 * leaves it to the receiving host, and none in use tells such mailboxes apart.
 */
export function sameAddress(one: Address, other: Address): boolean {
  return one.domain === other.domain && foldAscii(one.local) === foldAscii(other.local)
}

/** "tito+list" as user "tito" and detail "list" (RFC 5233 §1); a leading separator is no split. */
export function splitDetail(local: string, separator: string): { user: string; detail: string } {
  const at = separator === '' ? -1 : local.indexOf(separator, 1)
  if (at < 0) return { user: local, detail: '' }
  return { user: local.slice(0, at), detail: local.slice(at + separator.length) }
}

/** Lower case for A to Z only, so that no offset moves. */
export function foldAscii(text: string): string {
  return nonAscii.test(text)
    ? text.replace(/[A-Z]+/g, (run) => run.toLowerCase())
    : text.toLowerCase()
}
