// Codes that change every half minute: RFC 6238 with SHA-1, six digits, as every program for them
// knows. Pure.
import { createHmac } from 'node:crypto'

const stepMs = 30_000
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 §6, without padding. */
export function base32(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0]
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(held >> bits) & 31]
    }
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text
}

/** Letters in any case; what is no letter of it is left out. */
export function bytesOfBase32(text: string): Buffer {
  const bytes: number[] = []
  let [bits, held] = [0, 0]
  for (const letter of text.toUpperCase()) {
    const value = alphabet.indexOf(letter)
    if (value < 0) continue
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 255)
  }
  return Buffer.from(bytes)
}

/** RFC 4226 §5.3 */
export function codeOf(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', secret).update(counter).digest()
  const value = mac.readUInt32BE(mac[19]! & 15) & 0x7fffffff
  return String(value % 1_000_000).padStart(6, '0')
}

export function stepAt(ms: number): number {
  return Math.floor(ms / stepMs)
}

/** The step whose code this is, the one now or one beside it; undefined for no such. */
export function stepOf(secret: Uint8Array, code: string, now: number): number | undefined {
  const step = stepAt(now)
  return [step, step - 1, step + 1].find((each) => codeOf(secret, each) === code)
}

/** What programs for such codes read. */
export function totpUri(issuer: string, address: string, secret: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(address)}`
  return `otpauth://totp/${label}?secret=${secret}&issuer=${encodeURIComponent(issuer)}`
}
