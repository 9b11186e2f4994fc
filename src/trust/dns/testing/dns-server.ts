// A name server on loopback that answers from a Dns, over UDP and TCP, and misbehaves where told:
// what the resolver is tested against.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import {
  type Answer,
  AUTHENTIC_DATA,
  decode,
  encode,
  RECURSION_AVAILABLE,
  TRUNCATED_RESPONSE,
} from 'dns-packet'
import type { Dns, DnsAnswer, Records, RecordType } from '../dns.ts'

export interface Manners {
  readonly silent?: boolean
  readonly truncates?: boolean
  readonly lowercases?: boolean
  readonly knowsEdns?: boolean
  /** A forged datagram before the right one. */
  readonly forged?: Partial<{ id: number; name: string }>
  readonly rcode?: number
  readonly garbage?: boolean
  readonly ttl?: number
}

export class DnsServer {
  manners: Manners = {}
  /** "udp example.com MX", as they came. */
  readonly heard: string[] = []
  readonly #dns: Dns
  readonly #udp: UdpSocket = createSocket('udp4')
  readonly #tcp: Server
  readonly #sockets = new Set<Socket>()

  constructor(dns: Dns) {
    this.#dns = dns
    this.#tcp = createServer((socket) => this.#serve(socket))
    this.#udp.on('message', async (data, from) => {
      const reply = (packet: Buffer) => this.#udp.send(packet, from.port, from.address)
      if (this.manners.silent) return void this.heard.push('udp silent')
      const { forged } = this.manners
      if (forged) reply(await this.#answer(data, 'forged', forged))
      if (this.manners.garbage) reply(Buffer.concat([data.subarray(0, 2), Buffer.alloc(40, 0x80)]))
      else reply(await this.#answer(data, 'udp'))
    })
  }

  async listen(): Promise<{ address: string; port: number }> {
    for (let tries = 0; ; tries++) {
      this.#tcp.listen(0, '127.0.0.1')
      await once(this.#tcp, 'listening')
      const { port } = this.#tcp.address() as AddressInfo
      this.#udp.bind(port, '127.0.0.1')
      const bound = await once(this.#udp, 'listening').then(
        () => true,
        () => false,
      )
      if (bound) return { address: '127.0.0.1', port }
      if (tries > 20) throw new Error('no port is free for UDP and TCP alike')
      await new Promise((resolve) => this.#tcp.close(resolve))
    }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    await new Promise<void>((resolve) => this.#udp.close(resolve))
    await new Promise((resolve) => this.#tcp.close(resolve))
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => {}).on('close', () => this.#sockets.delete(socket))
    socket.on('data', async (data: Buffer) => {
      const packet = await this.#answer(data.subarray(2), 'tcp')
      const head = Buffer.alloc(2)
      head.writeUInt16BE(packet.length)
      // In two parts, so that the reader must put them together.
      socket.write(head.subarray(0, 1))
      socket.write(Buffer.concat([head.subarray(1), packet]))
    })
  }

  async #answer(data: Buffer, by: string, forged: Manners['forged'] = {}): Promise<Buffer> {
    const { manners } = this
    const asked = decode(data)
    const { name, type } = asked.questions![0]!
    if (by !== 'forged') this.heard.push(`${by} ${name.toLowerCase()} ${type}`)
    const answer = await this.#dns.query(name, type as RecordType)
    const edns = (asked.additionals ?? []).length > 0
    const refused = manners.knowsEdns === false && edns ? 1 : manners.rcode
    const truncated = manners.truncates && by === 'udp' ? TRUNCATED_RESPONSE : 0
    const ad = 'secure' in answer && answer.secure ? AUTHENTIC_DATA : 0
    const said = forged.name ?? (manners.lowercases ? name.toLowerCase() : name)
    return encode({
      type: 'response',
      id: forged.id ?? asked.id ?? 0,
      flags: RECURSION_AVAILABLE | truncated | ad | (refused ?? rcodeOf(answer)),
      questions: [{ name: said, type }],
      answers: truncated || refused ? [] : this.#answers(said, type as RecordType, answer),
      authorities: answer.is === 'no-name' || answer.is === 'no-record' ? [soa] : [],
    })
  }

  #answers(name: string, type: RecordType, answer: DnsAnswer<RecordType>): Answer[] {
    if (answer.is !== 'found') return []
    const ttl = this.manners.ttl ?? 300
    return answer.records.map((one) => ({ name, type, ttl, data: wireData(type, one) }) as Answer)
  }
}

const soa: Answer = {
  ...{ name: 'example', type: 'SOA', ttl: 60 },
  data: { mname: 'ns.example', rname: 'root.example', minimum: 60 },
}

function rcodeOf(answer: DnsAnswer<RecordType>): number {
  return answer.is === 'no-name' ? 3 : answer.is === 'failed' ? 2 : 0
}

function wireData(type: RecordType, one: Records[RecordType]): unknown {
  if (type === 'TXT')
    return (one as string).match(/.{1,255}/gs)!.map((part) => Buffer.from(part, 'latin1'))
  if (type === 'TLSA') {
    const { data, matching, ...rest } = one as Records['TLSA']
    return { ...rest, matchingType: matching, certificate: Buffer.from(data) }
  }
  if (type === 'CAA') {
    const { critical, ...rest } = one as Records['CAA']
    return { ...rest, flags: critical ? 128 : 0 }
  }
  return one
}
