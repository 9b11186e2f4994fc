// WebSocket from the server's end, RFC 6455: frames in, whole texts out. Speaks text only, no
// extension; keeps every limit, and cuts who does not read. Knows no closet.
import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex } from 'node:stream'

/** RFC 6455 §7.4.1 */
export const closes = {
  normal: 1000,
  away: 1001,
  badFrame: 1002,
  badType: 1003,
  badText: 1007,
  policy: 1008,
  tooBig: 1009,
  failed: 1011,
} as const

export interface WebSocketLimits {
  readonly messageMaxBytes: number
  /** A silent client is asked for a sign of life this often, and has as long to give it. */
  readonly pingMs: number
  /** A reader must take what waits for it in this time. */
  readonly drainTimeoutMs: number
}

/** A talk that a route begins with a client. */
export interface WebSocketOffer {
  /** The subprotocol that is spoken, RFC 6455 §1.9. */
  readonly protocol: string
  readonly limits: WebSocketLimits
  /** The connection is closed when it resolves. */
  run(socket: WebSocketTalk): Promise<void>
}

export interface WebSocketTalk {
  /** Texts as they come; ends when the client has gone or broke a rule. */
  readonly texts: AsyncIterable<string>
  /** Resolves when the system has taken it; false where the client is gone, or reads too slowly. */
  send(text: string): Promise<boolean>
  close(code: number, reason?: string): void
}

/** Whether these headers ask for a WebSocket as RFC 6455 §4.2.1 has it. */
export function asksForWebSocket(headers: IncomingHttpHeaders): boolean {
  const key = headers['sec-websocket-key'] ?? ''
  return (
    /^websocket$/i.test(headers.upgrade ?? '') &&
    headers['sec-websocket-version'] === '13' &&
    Buffer.from(key, 'base64').length === 16
  )
}

/** RFC 6455 §4.2.2 */
export function acceptance(headers: IncomingHttpHeaders, protocol: string): string {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return [
    'HTTP/1.1 101 Switching Protocols',
    'upgrade: websocket',
    'connection: Upgrade',
    `sec-websocket-accept: ${createHash('sha1').update(key).digest('base64')}`,
    ...(protocol === '' ? [] : [`sec-websocket-protocol: ${protocol}`]),
    '\r\n',
  ].join('\r\n')
}

const opcodes = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

interface Frame {
  readonly final: boolean
  readonly opcode: number
  readonly payload: Buffer
}

/** What a peer did that ends the talk. */
class Breach extends Error {
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** Control frames that may wait to be answered. */
const controlMax = 64
/** Texts that may wait to be read: then the client waits, too. */
const waitingMax = 16

export class ServerSocket implements WebSocketTalk {
  readonly texts: AsyncIterable<string>
  readonly #socket: Duplex
  readonly #limits: WebSocketLimits
  readonly #waiting: string[] = []
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] | undefined
  #partsSize = 0
  #wake: (() => void) | undefined
  #ended = false
  #closing = false
  #heard = true
  readonly #pinger: NodeJS.Timeout

  constructor(socket: Duplex, head: Buffer, limits: WebSocketLimits) {
    this.#socket = socket
    this.#limits = limits
    this.texts = this.#read()
    this.#pinger = setInterval(() => this.#ping(), limits.pingMs)
    socket.on('data', (bytes: Buffer) => this.#hear(bytes))
    socket.on('error', () => {})
    socket.once('close', () => this.#end())
    socket.once('end', () => this.#end())
    if (head.length > 0) this.#hear(head)
  }

  async send(text: string): Promise<boolean> {
    if (this.#closing || this.#ended) return false
    if (this.#write(opcodes.text, Buffer.from(text))) return true
    return this.#drained()
  }

  close(code: number, reason = ''): void {
    if (this.#closing) return
    this.#closing = true
    const payload = Buffer.alloc(2)
    payload.writeUInt16BE(code)
    this.#write(opcodes.close, Buffer.concat([payload, Buffer.from(reason).subarray(0, 120)]))
    this.#end()
    // RFC 6455 §7.1.1: the server closes first; whoever does not answer is not waited for.
    this.#socket.end()
    const cut = setTimeout(() => this.#socket.destroy(), this.#limits.drainTimeoutMs)
    this.#socket.once('close', () => clearTimeout(cut))
  }

  #end(): void {
    this.#ended = true
    clearInterval(this.#pinger)
    this.#wake?.()
    // Nothing reads any more, and what still comes must run to waste for the end to be seen.
    this.#socket.resume()
    if (!this.#closing) this.#socket.end()
  }

  async *#read(): AsyncGenerator<string> {
    for (;;) {
      const text = this.#waiting.shift()
      if (text !== undefined) {
        if (this.#waiting.length < waitingMax) this.#socket.resume()
        yield text
      } else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }

  #ping(): void {
    if (!this.#heard) {
      this.#socket.destroy()
      return
    }
    this.#heard = false
    this.#write(opcodes.ping, Buffer.alloc(0))
  }

  #drained(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (taken: boolean) => {
        clearTimeout(timer)
        this.#socket.off('drain', yes).off('close', no)
        if (!taken) this.#socket.destroy()
        resolve(taken)
      }
      const yes = () => settle(true)
      const no = () => settle(false)
      const timer = setTimeout(no, this.#limits.drainTimeoutMs)
      this.#socket.once('drain', yes).once('close', no)
    })
  }

  /** False where the system has enough to send for now. */
  #write(opcode: number, payload: Buffer): boolean {
    if (this.#socket.destroyed || this.#socket.writableEnded) return false
    this.#socket.cork()
    this.#socket.write(headOf(opcode, payload.length))
    const more = this.#socket.write(payload)
    this.#socket.uncork()
    return more
  }

  #hear(bytes: Buffer): void {
    if (this.#ended) return
    this.#heard = true
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    try {
      for (;;) {
        const read = readFrame(this.#bytes, this.#limits.messageMaxBytes)
        if (!read) return
        this.#bytes = this.#bytes.subarray(read.size)
        this.#take(read.frame)
        if (this.#ended) return
      }
    } catch (error) {
      if (!(error instanceof Breach)) throw error
      this.close(error.code, error.message)
    }
  }

  #take(frame: Frame): void {
    switch (frame.opcode) {
      case opcodes.ping:
        if (this.#socket.writableLength > controlMax * 128)
          throw new Breach(closes.policy, 'pings without reading')
        this.#write(opcodes.pong, frame.payload)
        return
      case opcodes.pong:
        return
      case opcodes.close: {
        const { payload } = frame
        this.close(payload.length >= 2 ? echoed(payload.readUInt16BE(0)) : closes.normal)
        return
      }
      case opcodes.binary:
        throw new Breach(closes.badType, 'text only')
      case opcodes.text:
      case opcodes.more:
        this.#takePart(frame)
        return
      default:
        throw new Breach(closes.badFrame, 'an opcode nobody knows')
    }
  }

  #takePart({ final, opcode, payload }: Frame): void {
    const begins = opcode === opcodes.text
    if (begins === (this.#parts !== undefined)) throw new Breach(closes.badFrame, 'out of order')
    const parts = this.#parts ?? []
    parts.push(payload)
    this.#parts = parts
    this.#partsSize += payload.length
    if (this.#partsSize > this.#limits.messageMaxBytes) throw new Breach(closes.tooBig, 'too big')
    // Many empty parts would cost memory without bringing a byte.
    if (parts.length > 10_000) throw new Breach(closes.policy, 'too many parts')
    if (!final) return
    const whole = Buffer.concat(parts, this.#partsSize)
    this.#parts = undefined
    this.#partsSize = 0
    this.#waiting.push(this.#textOf(whole))
    if (this.#waiting.length >= waitingMax) this.#socket.pause()
    this.#wake?.()
  }

  #textOf(bytes: Buffer): string {
    try {
      return this.#decoder.decode(bytes)
    } catch {
      throw new Breach(closes.badText, 'no UTF-8')
    }
  }
}

/** A code that may be said on the wire (RFC 6455 §7.4), or that of a broken rule. */
function echoed(code: number): number {
  const said = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || code >= 3000
  return said && code < 5000 ? code : closes.badFrame
}

function headOf(opcode: number, size: number): Buffer {
  const wide = size < 126 ? 0 : size < 65_536 ? 2 : 8
  const head = Buffer.alloc(2 + wide)
  head[0] = 0x80 | opcode
  head[1] = wide === 0 ? size : wide === 2 ? 126 : 127
  if (wide === 2) head.writeUInt16BE(size, 2)
  if (wide === 8) head.writeBigUInt64BE(BigInt(size), 2)
  return head
}

/** RFC 6455 §5.2; undefined where there is more to come. @throws Breach */
function readFrame(bytes: Buffer, max: number): { frame: Frame; size: number } | undefined {
  if (bytes.length < 2) return undefined
  const [first = 0, second = 0] = bytes
  const opcode = first & 0x0f
  const final = (first & 0x80) !== 0
  if ((first & 0x70) !== 0) throw new Breach(closes.badFrame, 'a reserved bit')
  // RFC 6455 §5.1: what a client sends is masked.
  if ((second & 0x80) === 0) throw new Breach(closes.badFrame, 'not masked')
  const short = second & 0x7f
  if (opcode >= 8 && (!final || short > 125)) throw new Breach(closes.badFrame, 'a control frame')
  const wide = short === 126 ? 2 : short === 127 ? 8 : 0
  if (bytes.length < 2 + wide) return undefined
  const length =
    wide === 0 ? short : wide === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (length > max) throw new Breach(closes.tooBig, 'too big')
  const from = 2 + wide + 4
  if (bytes.length < from + length) return undefined
  const payload = Buffer.from(bytes.subarray(from, from + length))
  unmask(payload, bytes.subarray(2 + wide, from))
  return { frame: { final, opcode, payload }, size: from + length }
}

function unmask(payload: Buffer, mask: Buffer): void {
  for (let at = 0; at < payload.length; at++) payload[at]! ^= mask[at & 3]!
}
