// The packets of the Sendmail milter protocol, version 6, as values: four bytes of length, a
// letter, data whose texts end with NUL. Pure. Its numbers are those of libmilter's mfdef.h.

/** What a filter may do to a message. */
export const actions = {
  addHeader: 0x01,
  changeBody: 0x02,
  addRecipient: 0x04,
  deleteRecipient: 0x08,
  changeHeader: 0x10,
  quarantine: 0x20,
  changeFrom: 0x40,
  addRecipientWithArguments: 0x80,
  chooseMacros: 0x100,
} as const

/** What a filter need not be sent (no…) or does not answer (mute…). */
export const flags = {
  noConnect: 0x01,
  noHelo: 0x02,
  noMail: 0x04,
  noRecipient: 0x08,
  noBody: 0x10,
  noHeader: 0x20,
  noEndOfHeader: 0x40,
  muteHeader: 0x80,
  noUnknown: 0x100,
  noData: 0x200,
  skip: 0x400,
  muteConnect: 0x1000,
  muteHelo: 0x2000,
  muteMail: 0x4000,
  muteRecipient: 0x8000,
  muteData: 0x10000,
  muteUnknown: 0x20000,
  muteEndOfHeader: 0x40000,
  muteBody: 0x80000,
  leadingSpace: 0x100000,
} as const

export const version = 6
const versionMin = 2
export const offered = {
  actions: Object.values(actions).reduce((sum, bit) => sum | bit, 0),
  flags: Object.values(flags).reduce((sum, bit) => sum | bit, 0),
}

/** Body text goes in parts of at most so much. */
export const bodyPartMaxBytes = 65_535
/** Longer ones no filter has a reason to send. */
export const packetMaxBytes = 1024 * 1024

export interface Packet {
  readonly letter: string
  readonly data: Buffer
}

/** The other side does not speak the protocol. */
export class NotMilter extends Error {}

/** With its length before it. */
export function packet(letter: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const data = parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part))
  const head = Buffer.alloc(5)
  head.writeUInt32BE(1 + data.reduce((sum, part) => sum + part.length, 0))
  head.write(letter, 4, 'latin1')
  return Buffer.concat([head, ...data])
}

/** Texts as the protocol has them. A NUL within one would begin another, so there is none. */
export function texts(...list: readonly string[]): string {
  return list.map((text) => `${text.replaceAll('\0', '')}\0`).join('')
}

export function uint32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number >>> 0, 4 * at)
  return bytes
}

export function negotiation(): Buffer {
  return packet('O', uint32(version, offered.actions, offered.flags))
}

export interface Negotiated {
  readonly version: number
  readonly actions: number
  readonly flags: number
  /** The macros that it wants, by the letter of the command they go before. */
  readonly macros: ReadonlyMap<string, readonly string[]>
}

/** The stages of macros, in their order of numbers. */
const stages = ['C', 'H', 'M', 'R', 'T', 'E', 'N']

/** @throws NotMilter for an answer to what was not asked */
export function negotiated({ letter, data }: Packet): Negotiated {
  if (letter !== 'O' || data.length < 12) throw new NotMilter('no answer to the negotiation')
  const said = {
    version: data.readUInt32BE(0),
    actions: data.readUInt32BE(4),
    flags: data.readUInt32BE(8),
  }
  if (said.version < versionMin || said.version > version)
    throw new NotMilter(`it speaks version ${said.version}`)
  if ((said.flags & ~offered.flags) !== 0 || (said.actions & ~offered.actions) !== 0)
    throw new NotMilter('it wants what was not offered')
  const macros = new Map<string, readonly string[]>()
  let at = 12
  while (at + 4 < data.length) {
    const stage = stages[data.readUInt32BE(at)]
    const end = data.indexOf(0, at + 4)
    const list = data.toString('latin1', at + 4, end < 0 ? data.length : end)
    if (stage)
      macros.set(
        stage,
        list.split(/[\s,]+/).filter((name) => name !== ''),
      )
    at = end < 0 ? data.length : end + 1
  }
  return { ...said, macros }
}

/** The texts of a packet, the last one's NUL forgiven. */
export function textsIn(data: Buffer, encoding: 'utf8' | 'latin1' = 'utf8'): string[] {
  const parts = data.toString(encoding).split('\0')
  if (parts.at(-1) === '') parts.pop()
  return parts
}

/** "550 5.7.1 No" or several such lines, as a reply; undefined for what is no refusal. */
export function replyIn(data: Buffer): { code: number; status: string; text: string } | undefined {
  const lines = (textsIn(data)[0] ?? '').split(/\r?\n/).filter((line) => line !== '')
  const parts = lines.map((line) =>
    /^([45]\d\d)[- ](?:([45]\.\d{1,3}\.\d{1,3}) ?)?(.*)$/.exec(line),
  )
  const [first] = parts
  if (!first) return undefined
  const [, code = '', status = ''] = first
  const text = parts.map((part) => part?.[3] ?? '').join(' ')
  const fits = status === '' || status[0] === code[0]
  return { code: Number(code), status: fits && status !== '' ? status : `${code[0]}.7.1`, text }
}
