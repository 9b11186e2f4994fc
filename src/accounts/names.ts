// How addresses are compared: what counts as the same local part or domain. Knows no database.
import { domainToASCII } from 'node:url'
import { Refused } from '../base/refused.ts'

/** An address as its two halves; `domain` is "" where none was said. */
export interface Name {
  readonly local: string
  readonly domain: string
}

const domainLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const accountLocal = /^[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}._-]*[\p{L}\p{M}\p{N}_-])?$/u
const localMaxBytes = 64
const domainMaxLength = 253

/** One spelling for all that mean the same: RFC 5321 §2.4 leaves local parts to their host. */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

/** A domain as it is compared: lower case, A-labels. */
export function foldDomain(text: string): string {
  const folded = fold(text)
  return /[^\x00-\x7f]/.test(folded) ? domainToASCII(folded) : folded
}

/** "name@domain" split at its last "@"; domain "" without one. */
export function nameOf(address: string): Name {
  const at = address.lastIndexOf('@')
  if (at < 0) return { local: fold(address), domain: '' }
  return { local: fold(address.slice(0, at)), domain: foldDomain(address.slice(at + 1)) }
}

export function addressOf(name: Name): string {
  return `${name.local}@${name.domain}`
}

/** The domain as it is compared. @throws Refused 'bad-value' for what can be no domain. */
export function checkDomain(text: string): string {
  const domain = foldDomain(text)
  if (
    domain.length <= domainMaxLength &&
    domain.split('.').every((label) => domainLabel.test(label))
  )
    return domain
  throw new Refused('bad-value', `"${text.slice(0, 80)}" is no domain`)
}

/**
 * The local part as it is compared.
 * @throws Refused 'bad-value' for a local part that no account may have ("+" parts detail).
 */
export function checkLocal(text: string): string {
  const local = fold(text)
  if (Buffer.byteLength(local) <= localMaxBytes && accountLocal.test(local)) return local
  throw new Refused('bad-value', `"${text.slice(0, 80)}" can name no account`)
}
