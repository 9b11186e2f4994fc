// A WebSocket client for tests that says what it is told to, right or wrong: frames as bytes.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

export class WebSocketClient {
  /** The status line and header fields of the answer. */
  readonly head: string
  readonly #socket: Socket
  #bytes: Buffer
  #wake: (() => void) | undefined
  #closed = false

  private constructor(socket: Socket, head: string, rest: Buffer) {
    this.#socket = socket
    this.head = head
    this.#bytes = rest
    socket.on('data', (part: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, part])
      this.#wake?.()
    })
    socket.once('close', () => {
      this.#closed = true
      this.#wake?.()
    })
  }

  static async open(
    port: number,
    path: string,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<WebSocketClient> {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    const key = randomBytes(16).toString('base64')
    const own = { host: `127.0.0.1:${port}`, upgrade: 'websocket', connection: 'Upgrade' }
    const all = { ...own, 'sec-websocket-key': key, 'sec-websocket-version': '13', ...fields }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
    let bytes = Buffer.alloc(0)
    const head = await new Promise<string>((resolve, reject) => {
      const take = (part: Buffer) => {
        bytes = Buffer.concat([bytes, part])
        const end = bytes.indexOf('\r\n\r\n')
        if (end < 0) return
        socket.off('data', take)
        const text = bytes.toString('latin1', 0, end)
        bytes = bytes.subarray(end + 4)
        resolve(text)
      }
      socket.on('data', take).once('close', () => reject(new Error('closed')))
    })
    return new WebSocketClient(socket, head, bytes)
  }

  /** One masked frame; `first` is its first byte: FIN and opcode. */
  frame(first: number, payload: string | Buffer): void {
    const bytes = Buffer.from(payload)
    const mask = randomBytes(4)
    const wide = bytes.length > 65_535 ? 8 : bytes.length > 125 ? 2 : 0
    const head = Buffer.alloc(2 + wide)
    head[0] = first
    head[1] = 0x80 | (wide === 8 ? 127 : wide === 2 ? 126 : bytes.length)
    if (wide === 2) head.writeUInt16BE(bytes.length, 2)
    if (wide === 8) head.writeBigUInt64BE(BigInt(bytes.length), 2)
    for (let at = 0; at < bytes.length; at++) bytes[at]! ^= mask[at & 3]!
    this.#socket.write(Buffer.concat([head, mask, bytes]))
  }

  raw(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  text(value: object | string): void {
    this.frame(0x81, typeof value === 'string' ? value : JSON.stringify(value))
  }

  /** The next frame of the server; undefined when it has closed. */
  async next(): Promise<{ readonly opcode: number; readonly payload: Buffer } | undefined> {
    for (;;) {
      const found = this.#take()
      if (found) return found
      if (this.#closed) return undefined
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The next text, as JSON; of a frame that is no text: its opcode and what it says. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects.
  async json(): Promise<any> {
    const frame = await this.next()
    if (!frame) return undefined
    if (frame.opcode === 1) return JSON.parse(frame.payload.toString())
    const code = frame.opcode === 8 ? frame.payload.readUInt16BE(0) : undefined
    return { opcode: frame.opcode, code }
  }

  drop(): void {
    this.#socket.destroy()
  }

  #take() {
    if (this.#bytes.length < 2) return undefined
    const short = this.#bytes[1]! & 0x7f
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0
    if (this.#bytes.length < 2 + wide) return undefined
    const size =
      wide === 0
        ? short
        : wide === 2
          ? this.#bytes.readUInt16BE(2)
          : Number(this.#bytes.readBigUInt64BE(2))
    const from = 2 + wide
    if (this.#bytes.length < from + size) return undefined
    const opcode = this.#bytes[0]! & 0x0f
    const payload = Buffer.from(this.#bytes.subarray(from, from + size))
    this.#bytes = this.#bytes.subarray(from + size)
    return { opcode, payload }
  }
}
