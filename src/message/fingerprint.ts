// By what a message is known again without comparing its bytes: to tell, when mail is brought in a
// second time, what is there already.
import { createHash } from 'node:crypto'
import type { HeaderEnvelope } from './envelope.ts'

/** `size` is that of the whole message, in bytes. Two copies of a message have the same. */
export function fingerprint(envelope: HeaderEnvelope, size: number): string {
  const { messageId, dateText, subject } = envelope
  const text = JSON.stringify([size, messageId, dateText, subject])
  return createHash('sha256').update(text).digest('base64url').slice(0, 20)
}
