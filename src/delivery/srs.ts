// Reverse paths for mail that is passed on: the Sender Rewriting Scheme. A hop that checks SPF sees
// a sender of ours, and what it returns finds back to the first one. Pure.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Address, formatAddress, parseAddress } from '../message/address.ts'

const dayMs = 86_400_000
/** What comes later than this is no report of ours. */
const daysMax = 21
const stampDays = 1024
const digits = '0123456789abcdefghijklmnopqrstuv'
const localMaxOctets = 64

/**
 * The sender that mail goes on with. Null where its name would be longer than names may be: such
 * mail goes on, and nobody is told of its failure.
 */
export function rewritten(
  sender: Address,
  domain: string,
  { key, now }: { key: Uint8Array; now: number },
): Address | null {
  const rest = `${stampAt(now)}=${sender.domain}=${sender.local}`
  const local = `SRS0=${markOf(rest, key)}=${rest}`
  const written = formatAddress({ local, domain: '' })
  return Buffer.byteLength(written) > localMaxOctets ? null : { local, domain }
}

/** Whether a local part claims to be such a sender. */
export function isRewritten(local: string): boolean {
  return /^srs0=/i.test(local)
}

/** The first sender; undefined where we did not write this, or too long ago. */
export function restored(
  local: string,
  { key, now }: { key: Uint8Array; now: number },
): Address | undefined {
  const [, mark = '', rest = '', stamp = '', domain = '', name = ''] =
    /^srs0=([^=]+)=(([^=]+)=([^=]+)=(.+))$/is.exec(local) ?? []
  const wanted = Buffer.from(markOf(rest, key))
  const given = Buffer.from(mark.toLowerCase())
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined
  const today = Math.floor(now / dayMs) % stampDays
  const age = (today - dayOf(stamp) + stampDays) % stampDays
  if (age > daysMax) return undefined
  return parseAddress(formatAddress({ local: name, domain: domain.toLowerCase() }), {
    smtpUtf8: true,
  })
}

function stampAt(now: number): string {
  const day = Math.floor(now / dayMs) % stampDays
  return `${digits[day >> 5]}${digits[day & 31]}`
}

function dayOf(stamp: string): number {
  const [high = '', low = ''] = stamp.toLowerCase()
  return digits.indexOf(high) * 32 + digits.indexOf(low)
}

/** Whoever carries it may change its case. */
function markOf(rest: string, key: Uint8Array): string {
  const mac = createHmac('sha256', key).update(rest.toLowerCase()).digest()
  return [...mac.subarray(0, 10)].map((byte) => digits[byte & 31]).join('')
}
