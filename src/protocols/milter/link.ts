// One connection to a filter: packets out, packets in, and nobody is waited for longer than told.
import { connect, type Socket } from 'node:net'
import { Gone, Inbox } from '../../wire/inbox.ts'
import { NotMilter, type Packet, packetMaxBytes } from './grammar.ts'

/** "unix:/run/x.sock" or "inet:HOST:PORT". */
export type MilterPlace =
  | { readonly path: string }
  | { readonly host: string; readonly port: number }

/** undefined for what is no place. */
export function milterPlace(text: string): MilterPlace | undefined {
  const [, path = ''] = /^unix:(\/.+)$/.exec(text) ?? []
  if (path !== '') return { path }
  const [, host = '', digits = ''] = /^inet:(?:\[([^\]]+)\]|[^:[\]]+):(\d{1,5})$/.test(text)
    ? (/^inet:(.+):(\d+)$/.exec(text) ?? [])
    : []
  const port = Number(digits)
  if (host === '' || port < 1 || port > 65_535) return undefined
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

export class MilterLink {
  readonly #socket: Socket
  readonly #inbox: Inbox
  readonly #timeoutMs: number

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket
    this.#timeoutMs = timeoutMs
    this.#inbox = new Inbox(socket)
    socket.on('data', (chunk: Buffer) => this.#inbox.push(chunk))
    socket.on('end', () => this.#inbox.end())
    socket.on('close', () => this.#inbox.end())
  }

  /** @throws Error of the system, or when it takes longer than `connectTimeoutMs`. */
  static async open(
    place: MilterPlace,
    limits: { readonly connectTimeoutMs: number; readonly timeoutMs: number },
  ): Promise<MilterLink> {
    const socket = connect(place)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    socket.once('connect', resolve)
    socket.on('error', reject)
    const timer = setTimeout(
      () => reject(new Error('no connection in time')),
      limits.connectTimeoutMs,
    )
    try {
      await promise
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      clearTimeout(timer)
    }
    return new MilterLink(socket.setNoDelay(true), limits.timeoutMs)
  }

  /** Resolves when the filter has taken enough of it. */
  async send(bytes: Uint8Array): Promise<void> {
    if (this.#socket.destroyed) throw new Gone()
    if (this.#socket.write(bytes)) return
    await this.#inTime(
      new Promise((resolve) => {
        this.#socket.once('drain', resolve)
        this.#socket.once('close', resolve)
      }),
    )
  }

  /** @throws Gone, NotMilter, Error when none comes in time */
  async receive(): Promise<Packet> {
    return await this.#inTime(this.#receive())
  }

  /** Says a last word and closes. */
  end(word: Uint8Array): void {
    this.#socket.on('error', () => {})
    this.#socket.end(word)
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  async #receive(): Promise<Packet> {
    const length = (await this.#exactly(4)).readUInt32BE(0)
    if (length < 1 || length > packetMaxBytes) throw new NotMilter(`a packet of ${length} bytes`)
    const bytes = await this.#exactly(length)
    return { letter: bytes.toString('latin1', 0, 1), data: bytes.subarray(1) }
  }

  async #exactly(count: number): Promise<Buffer> {
    const parts: Buffer[] = []
    for await (const part of this.#inbox.exactly(count)) parts.push(part)
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }

  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => {
      reject(new Error('no answer in time'))
      this.#socket.destroy()
    }, this.#timeoutMs)
    try {
      return await Promise.race([work, promise])
    } finally {
      clearTimeout(timer)
      work.catch(() => {})
    }
  }
}
