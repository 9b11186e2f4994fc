// Questions and replies as the DNS writes them, by way of dns-packet. Knows RFC 1035's message and
// EDNS; not whom to ask, and not what to keep.
import { randomInt } from 'node:crypto'
import {
  type Answer,
  AUTHENTIC_DATA,
  type DecodedPacket,
  DNSSEC_OK,
  decode,
  encode,
  RECURSION_DESIRED,
} from 'dns-packet'
import type { Records, RecordType } from './dns.ts'
import { recordName } from './names.ts'

export interface Question {
  readonly id: number
  /** In the letters that were sent: mixed at random, for a reply must repeat them. */
  readonly name: string
  readonly type: RecordType
  readonly packet: Buffer
}

export type PacketReply =
  | {
      readonly is: 'answer'
      readonly rcode: number
      readonly ad: boolean
      /** The name came back in other letters: so do some servers, and who must guess them. */
      readonly recased: boolean
      readonly parts: Parts
    }
  /** Too long for a datagram. */
  | { readonly is: 'truncated' }
  /** The answer to something else, or nothing that can be read. */
  | { readonly is: 'foreign' }

interface Parts {
  readonly answers: readonly Answer[]
  readonly authorities: readonly Answer[]
}

/** RFC 9715 §3.1: what arrives unfragmented nearly everywhere. */
const udpPayloadBytes = 1232

/** `edns`: with the DO and AD bits, which ask whether the answer was validated (RFC 6840 §5.7). */
export function question(name: string, type: RecordType, edns: boolean): Question {
  const id = randomInt(65_536)
  const mixed = name.replace(/[a-z]/g, (letter) => (randomInt(2) ? letter.toUpperCase() : letter))
  const packet = encode({
    type: 'query',
    id,
    flags: edns ? RECURSION_DESIRED | AUTHENTIC_DATA : RECURSION_DESIRED,
    questions: [{ name: mixed, type, class: 'IN' }],
    additionals: edns ? [optRecord] : [],
  })
  return { id, name: mixed, type, packet }
}

const optRecord: Answer = {
  ...{ name: '.', type: 'OPT', udpPayloadSize: udpPayloadBytes, flags: DNSSEC_OK },
  ...{ extendedRcode: 0, ednsVersion: 0, flag_do: true, options: [] },
}

export function readReply(data: Buffer, asked: Question): PacketReply {
  if (data.length < 12 || data.readUInt16BE(0) !== asked.id) return { is: 'foreign' }
  let packet: DecodedPacket
  try {
    packet = decode(data)
  } catch {
    // RFC 2181 §9: of what was cut off nothing is to be believed, so it need not be whole.
    return (data[2]! & 0x82) === 0x82 ? { is: 'truncated' } : { is: 'foreign' }
  }
  const [first, ...more] = packet.questions ?? []
  if (!packet.flag_qr || !first || more.length > 0 || first.type !== asked.type)
    return { is: 'foreign' }
  if (first.name.toLowerCase() !== asked.name.toLowerCase()) return { is: 'foreign' }
  if (packet.flag_tc) return { is: 'truncated' }
  const { answers = [], authorities = [] } = packet
  const rcode = (packet.flags ?? 0) & 0x0f
  const recased = first.name !== asked.name
  return { is: 'answer', rcode, ad: packet.flag_ad, recased, parts: { answers, authorities } }
}

export interface Walked<T extends RecordType> {
  readonly records: readonly Records[T][]
  /** The name at the end of the CNAMEs; with no records there, it may be asked for again. */
  readonly name: string
  readonly hops: number
  /** Seconds for which all of it holds. */
  readonly ttl: number
}

const ttlMaxSeconds = 86_400

/** Follows the CNAMEs within one answer from `name` to the records. */
export function walk<T extends RecordType>(
  answers: readonly Answer[],
  start: string,
  type: T,
): Walked<T> {
  let name = start
  let ttl = ttlMaxSeconds
  for (let hops = 0; ; hops++) {
    const here = answers.filter((one) => recordName(one.name) === name)
    const wanted = here.filter((one) => one.type === type)
    const alias = here.find((one) => one.type === 'CNAME')
    const used = wanted.length > 0 || !alias ? wanted : [alias]
    for (const one of used) if ('ttl' in one) ttl = Math.min(ttl, one.ttl ?? 0)
    if (wanted.length > 0 || alias?.type !== 'CNAME' || hops >= answers.length)
      return { records: wanted.map((one) => dataOf(one) as Records[T]), name, hops, ttl }
    name = recordName(alias.data)
  }
}

/** RFC 2308 §5: how long it is known that there is nothing; the SOA says so. */
export function nothingSeconds(authorities: readonly Answer[]): number {
  for (const one of authorities)
    if (one.type === 'SOA') return Math.min(one.ttl ?? 0, one.data.minimum ?? 0, 10_800)
  return 0
}

/** Whether the reply says itself that the last name has no such record. */
export function isConclusive(authorities: readonly Answer[]): boolean {
  return authorities.some((one) => one.type === 'SOA')
}

function dataOf(answer: Answer): Records[RecordType] {
  switch (answer.type) {
    case 'A':
      return answer.data
    case 'AAAA':
      return answer.data.toLowerCase()
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return recordName(answer.data)
    case 'TXT':
      return latin1(answer.data)
    case 'MX': {
      const { preference = 0, exchange } = answer.data
      return { preference, exchange: recordName(exchange) }
    }
    case 'SRV': {
      const { priority = 0, weight = 0, port, target } = answer.data
      return { priority, weight, port, target: recordName(target) }
    }
    case 'TLSA': {
      const { usage, selector, matchingType, certificate } = answer.data
      return { usage, selector, matching: matchingType, data: certificate }
    }
    case 'CAA': {
      const { issuerCritical = false, tag, value } = answer.data
      return { critical: issuerCritical, tag, value }
    }
    default:
      throw new Error(`no use for a ${answer.type} record`)
  }
}

function latin1(data: string | Buffer | readonly (string | Buffer)[]): string {
  if (typeof data === 'string') return data
  if (Buffer.isBuffer(data)) return data.toString('latin1')
  return data.map((one) => (typeof one === 'string' ? one : one.toString('latin1'))).join('')
}
