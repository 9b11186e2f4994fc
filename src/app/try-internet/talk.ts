// What a bot hears from its client and says to it, over a socket that may turn to TLS. Knows lines
// and their limits; not what they mean.
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'

export class Talk {
  #socket: Socket
  #held = ''

  constructor(socket: Socket) {
    this.#socket = socket
    // Whoever is lost is noticed at the next read.
    socket.on('error', () => socket.destroy())
  }

  say(...lines: readonly string[]): void {
    if (this.#socket.writable) this.#socket.write(lines.map((line) => `${line}\r\n`).join(''))
  }

  /** A line, as Latin-1; undefined at the end, or where it is longer than `max`. */
  line(max: number): Promise<string | undefined> {
    return this.#until('\r\n', max)
  }

  /** What DATA sends, RFC 5321 §4.5.2, as Latin-1; undefined as for a line. */
  async text(max: number): Promise<string | undefined> {
    this.#held = `\r\n${this.#held}`
    const text = await this.#until('\r\n.\r\n', max)
    return text === undefined ? undefined : `${text.replaceAll('\r\n.', '\r\n')}\r\n`.slice(2)
  }

  /** What was said before TLS is forgotten: RFC 3207 §4.2. */
  secure(secureContext: SecureContext): void {
    this.#held = ''
    const plain = this.#socket
    this.#socket = new TLSSocket(plain, { isServer: true, secureContext })
    this.#socket.on('error', () => plain.destroy())
  }

  end(): void {
    this.#socket.end()
  }

  async #until(end: string, max: number): Promise<string | undefined> {
    for (let from = 0; ; ) {
      const at = this.#held.indexOf(end, from)
      if (at >= 0) {
        const said = this.#held.slice(0, at)
        this.#held = this.#held.slice(at + end.length)
        return said
      }
      if (this.#held.length > max) return undefined
      from = Math.max(0, this.#held.length - end.length)
      const chunk = await this.#chunk()
      if (chunk === undefined) return undefined
      this.#held += chunk
    }
  }

  async #chunk(): Promise<string | undefined> {
    const socket = this.#socket
    for (;;) {
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) return chunk.toString('latin1')
      if (socket.readableEnded || socket.destroyed) return undefined
      await new Promise<void>((resolve) => {
        const done = () => {
          for (const name of events) socket.off(name, done)
          resolve()
        }
        for (const name of events) socket.on(name, done)
      })
    }
  }
}

const events = ['readable', 'end', 'close'] as const
