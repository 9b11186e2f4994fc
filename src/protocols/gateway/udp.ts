// The gateway over UDP: one object a datagram, one answer a datagram. Who sent a datagram is only
// claimed, so strangers get no answer longer than what they sent, and none to what is no object:
// two servers must never talk to each other without end.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { plainAddress } from '../../base/networks.ts'
import { badObjectAnswer, type Gateway, hello, helloLine } from './gateway.ts'
import { BadObject, blanks, JsonStream } from './json-stream.ts'
import { type Answer, classicText, cut, invalid, jsonLine, replies } from './replies.ts'

export interface UdpOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  readonly gateway: Gateway
  /** At most 65,507. */
  readonly datagramMaxBytes: number
}

export interface UdpListener {
  readonly address: string
  readonly port: number
  /** Datagrams in hand. */
  readonly connections: number
  /** Datagrams that came, since the start as all below. */
  readonly accepted: number
  /** Datagrams not answered: no object, or too many at once. */
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Takes nothing more; resolves when everything in hand is answered. */
  close(): Promise<void>
}

/** Datagrams in hand; more are dropped, as the network itself would. */
const inHandMax = 256

/** Listens. Rejects with the system's error when the port cannot be had. */
export async function listenUdp(options: UdpOptions): Promise<UdpListener> {
  const port = new UdpPort(options)
  await port.open()
  return port
}

class UdpPort implements UdpListener {
  address = ''
  port = 0
  accepted = 0
  refused = 0
  bytesIn = 0
  bytesOut = 0
  readonly #options: UdpOptions
  readonly #socket: Socket
  readonly #inHand = new Set<Promise<void>>()

  constructor(options: UdpOptions) {
    this.#options = options
    const v6 = options.host.includes(':')
    this.#socket = createSocket({ type: v6 ? 'udp6' : 'udp4', ipv6Only: v6 })
  }

  get connections(): number {
    return this.#inHand.size
  }

  async open(): Promise<void> {
    const socket = this.#socket
    const { host, port, gateway } = this.#options
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ address: host, port }, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('error', (error) => gateway.log.warn('UDP failed', { error }))
    socket.on('message', (datagram, from) => this.#receive(datagram, from))
    const { address, port: own } = socket.address()
    this.address = address
    this.port = own
  }

  async close(): Promise<void> {
    this.#socket.removeAllListeners('message')
    await Promise.all(this.#inHand)
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()))
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    this.accepted++
    this.bytesIn += datagram.length
    if (this.#inHand.size >= inHandMax || from.port === 0) {
      this.refused++
      return
    }
    const answered = this.#serve(datagram, from)
      .catch((error: unknown) => this.#options.gateway.log.error('UDP answer failed', { error }))
      .finally(() => this.#inHand.delete(answered))
    this.#inHand.add(answered)
  }

  async #serve(datagram: Buffer, from: RemoteInfo): Promise<void> {
    const { gateway } = this.#options
    const address = plainAddress(from.address)
    const trusted = gateway.trusts(address)
    const inLines = datagram.at(-1) === 10
    const answer = await this.#answer(datagram, { address, port: from.port })
    if (answer === undefined) {
      this.refused++
      return
    }
    const words = worded(answer, inLines, gateway)
    const room = trusted ? Number.POSITIVE_INFINITY : datagram.length
    const fitting = fitted(words, answer, inLines, room)
    if (fitting !== '') await this.#send(fitting, from)
  }

  /** undefined for what may not be answered. */
  async #answer(
    datagram: Buffer,
    { address, port }: { address: string; port: number },
  ): Promise<Answer | typeof hello | undefined> {
    const { gateway, datagramMaxBytes } = this.#options
    const { limits, ids } = gateway
    if (datagram[blanks(datagram)] !== 0x7b) return undefined
    const objectMaxBytes = Math.min(datagramMaxBytes, limits.objectMaxBytes)
    let object: Buffer
    try {
      const framed = new JsonStream({ ...limits, objectMaxBytes }).push(datagram)
      if (!framed || blanks(framed.rest) < framed.rest.length)
        return invalid({ ...replies.noJson, text: 'not exactly one JSON object' })
      object = framed.object
    } catch (error) {
      if (error instanceof BadObject) return badObjectAnswer(error)
      throw error
    }
    // Our own JSON answer, sent back by some other server.
    if (/^\{"(?:code|hello)":\d+,"/.test(object.toString('latin1', 0, 20))) return undefined
    const session = ids.next()
    const caller = { session, protocol: 'gateway-udp', address, port, tls: '', token: '' } as const
    return gateway.take(object, caller, performance.now())
  }

  #send(words: string, { address, port }: RemoteInfo): Promise<void> {
    this.bytesOut += Buffer.byteLength(words)
    return new Promise((resolve) => {
      this.#socket.send(words, port, address, (error) => {
        if (error) this.#options.gateway.log.info('UDP answer not sent', { error, client: address })
        resolve()
      })
    })
  }
}

function worded(answer: Answer | typeof hello, inLines: boolean, gateway: Gateway): string {
  if (answer === hello) return helloLine(gateway.limits)
  return inLines ? jsonLine(answer) : classicText(answer)
}

/** The answer in at most `room` bytes: whole, else what matters of it, else nothing. */
function fitted(
  words: string,
  answer: Answer | typeof hello,
  inLines: boolean,
  room: number,
): string {
  if (Buffer.byteLength(words) <= room) return words
  if (answer === hello) return ''
  if (!inLines) return cut(words, room)
  const short = `${JSON.stringify({ code: answer.code, status: answer.status })}\n`
  return short.length <= room ? short : ''
}
