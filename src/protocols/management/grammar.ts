// The management protocol of 14-byte datagrams, as values. Pure.

export interface Question {
  /** Echoed, so that the client knows its answer. */
  readonly id: number
  readonly version: number
  readonly token: Buffer
  readonly command: number
}

export const datagramBytes = 14
export const tokenBytes = 8
const signature = 0xfffe

/** What an answer can say in its sixth byte. */
export const statuses = {
  ok: 0,
  wrongToken: 1,
  wrongVersion: 2,
  unknownCommand: 3,
  badRequest: 4,
  noProgram: 5,
  failed: 6,
} as const

export type Status = keyof typeof statuses

/** undefined for what is no question and gets no answer: too short, or of something else. */
export function question(datagram: Buffer): Question | undefined {
  if (datagram.length < datagramBytes || datagram.readUInt16BE(0) !== signature) return undefined
  return {
    version: datagram[2]!,
    id: datagram.readUInt16BE(3),
    token: datagram.subarray(5, 13),
    command: datagram[13]!,
  }
}

/** A count fills the first four bytes of data, a sum of bytes all eight, yes and no the first. */
export type Value =
  | { readonly count: number }
  | { readonly bytes: number }
  | { readonly yes: boolean }

/** The answer, as long as the question. */
export function answer(id: number, status: Status, value?: Value): Buffer {
  const datagram = Buffer.alloc(datagramBytes)
  datagram.writeUInt16BE(signature, 0)
  datagram.writeUInt16BE(id, 3)
  datagram[5] = statuses[status]
  if (value && 'count' in value) datagram.writeUInt32BE(Math.min(value.count, 0xffffffff), 6)
  else if (value && 'bytes' in value) datagram.writeBigUInt64BE(BigInt(value.bytes), 6)
  // Zero is true, as its clients expect.
  else if (value) datagram[6] = value.yes ? 0 : 1
  return datagram
}
