// One client's socket: its inbox, its outgoing bytes, its deadline, its way to TLS. No protocol.
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { plainAddress } from '../base/networks.ts'
import { certifiedAddresses, channelBinding } from './certificates.ts'
import { Deflating } from './deflating.ts'
import { Inbox } from './inbox.ts'
import type { Origin } from './proxy-header.ts'
import type { BindingType } from './sasl-port.ts'
import type { ServerContext } from './tls.ts'

/** The client did not say in time what it had to say. */
export class TimedOut extends Error {}
/** The server is stopping; thrown to whoever awaits a next command. */
export class Stopping extends Error {}

/** Outgoing bytes beyond this are written without waiting for the end of the burst. */
const burstMaxBytes = 64 * 1024

export class Connection {
  /** The session's id in log and trace. */
  readonly id: string
  readonly inbox: Inbox
  /** The client's address (IPv4 plain on a dual-stack socket) and port. */
  readonly address: string
  readonly port: number
  /** Milliseconds since 1970. */
  readonly since = Date.now()
  bytesIn = 0
  /** "TLSv1.3" once secured, else "". */
  tls = ''
  /** Mail addresses that the client's certificate proves it to have. */
  certified: readonly string[] = []
  #deflating: Deflating | undefined
  #socket: Socket
  #out: (string | Uint8Array)[] = []
  #outBytes = 0
  #bytesOut = 0
  #deadline = Number.POSITIVE_INFINITY
  #closed = false
  #stopping = false
  #idle = false
  #left = false
  #gone: PromiseWithResolvers<void> | undefined

  /** `origin` is for whom the socket's other end speaks, where that is not itself. */
  constructor(socket: Socket, id: string, origin?: Origin) {
    this.#socket = socket
    this.id = id
    this.address = origin?.address ?? plainAddress(socket.remoteAddress ?? '')
    this.port = origin?.port ?? socket.remotePort ?? 0
    this.inbox = new Inbox(socket)
    this.#attach(socket)
  }

  /** Resolves when the socket is closed, by whoever. */
  get gone(): Promise<void> {
    this.#gone ??= Promise.withResolvers()
    if (this.#left) this.#gone.resolve()
    return this.#gone.promise
  }
  get closed(): boolean {
    return this.#closed
  }
  /** The socket is gone: whatever else is said reaches nobody. */
  get lost(): boolean {
    return this.#socket.destroyed
  }
  get bytesOut(): number {
    return this.#bytesOut
  }

  /** Adds to what the next flush sends; text goes as UTF-8. */
  say(part: string | Uint8Array): void {
    if (part.length === 0) return
    this.#out.push(part)
    this.#outBytes += part.length
  }

  /** True when so much waits that it should be flushed before the burst ends. */
  get full(): boolean {
    return this.#outBytes > burstMaxBytes
  }

  /** Sends what was said, in one write. Resolves when the client has taken enough of it. */
  flush(): Promise<void> | void {
    if (this.#out.length === 0 || this.#closed) return
    // Neither 'drain' nor 'close' would come any more.
    if (this.lost) {
      this.#out = []
      this.#outBytes = 0
      return
    }
    const bytes = this.#out.length === 1 ? this.#out[0]! : joined(this.#out)
    this.#out = []
    this.#outBytes = 0
    this.#bytesOut += bytes.length
    if (this.#deflating) return this.#deflated(this.#deflating, bytes)
    if (!this.#socket.write(bytes)) return this.#drained()
  }

  async #deflated(deflating: Deflating, bytes: string | Uint8Array): Promise<void> {
    if (!(await deflating.write(bytes)) && !this.#closed) await this.#drained()
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#socket.off('drain', done)
        this.#socket.off('close', done)
        resolve()
      }
      this.#socket.on('drain', done)
      this.#socket.on('close', done)
    })
  }

  /** The client has until `at` (performance.now() milliseconds) for what is awaited from it. */
  deadline(at: number): void {
    this.#deadline = at
  }

  /** Called now and then by the listener: whoever awaits the client is thrown TimedOut. */
  expire(now: number): void {
    if (now < this.#deadline) return
    this.#deadline = Number.POSITIVE_INFINITY
    this.inbox.fail(new TimedOut())
    // A client that does not read its answers holds flush(), not the inbox.
    if (this.#socket.writableNeedDrain) this.#socket.destroy()
  }

  /** From here until heard() the client's next command is awaited: the server may stop. */
  awaits(): void {
    if (this.#stopping) throw new Stopping()
    this.#idle = true
  }

  /** The client has spoken, and nothing more is awaited from it now. */
  heard(): void {
    this.#idle = false
    this.#deadline = Number.POSITIVE_INFINITY
  }

  /** Runs `wait`, a wait for the client's next command, which the stopping of the server ends. */
  async idle<T>(wait: () => Promise<T> | T): Promise<T> {
    this.awaits()
    try {
      return await wait()
    } finally {
      this.#idle = false
    }
  }

  /** The server stops: an idle client is told at once, a busy one after its command. */
  stop(): void {
    this.#stopping = true
    if (this.#idle) this.inbox.fail(new Stopping())
  }

  /**
   * Goes over to TLS as the server side. Bytes that came before are thrown away (RFC 3207 §4.2).
   * @throws Error when the handshake fails.
   */
  async secure(context: ServerContext): Promise<void> {
    const plain = this.#socket
    // What a proxy's header was followed by waits in the socket, and is TLS's to read.
    plain.pause()
    plain.removeAllListeners('data')
    plain.removeAllListeners('end')
    const secured = new TLSSocket(plain, {
      isServer: true,
      secureContext: context,
      requestCert: context.asksClients === true,
      rejectUnauthorized: false,
      // RFC 7301 §3.2: a client that names none of ours meant another server than this.
      ...(context.alpn && context.alpn.length > 0 ? { ALPNProtocols: [...context.alpn] } : {}),
    })
    this.inbox.forget(secured)
    await new Promise<void>((resolve, reject) => {
      secured.once('secure', resolve)
      secured.once('error', reject)
      secured.once('close', () => reject(new Error('closed during the TLS handshake')))
    })
    this.#socket = secured
    this.tls = secured.getProtocol() ?? ''
    if (context.asksClients) this.certified = certifiedAddresses(secured)
    this.#attach(secured)
  }

  /** undefined: this connection has no such binding. */
  channelBinding(type: BindingType): Buffer | undefined {
    return this.#socket instanceof TLSSocket ? channelBinding(this.#socket, type) : undefined
  }

  get compressed(): boolean {
    return this.#deflating !== undefined
  }

  /** From now on both directions are compressed, from what came already on. */
  compress(): void {
    const socket = this.#socket
    const early = this.inbox.takeAll()
    const deflating = new Deflating({
      took: (chunk) => this.inbox.push(chunk),
      failed: () => this.destroy(),
      send: (chunk) => socket.write(chunk),
      source: socket,
    })
    this.#deflating = deflating
    this.inbox.forget(deflating)
    socket.once('close', () => deflating.close())
    if (early.length > 0) deflating.push(early)
  }

  /** Ends politely: what was said is sent, then the connection is closed. */
  async close(): Promise<void> {
    if (this.#closed) return
    await this.flush()
    this.#closed = true
    this.#socket.end()
    // Whoever never closes its side is not waited for.
    const timer = setTimeout(() => this.#socket.destroy(), 2000)
    timer.unref()
    this.#socket.resume()
    await this.gone
    clearTimeout(timer)
  }

  /** Sends what was said and closes, whether or not the client has taken it. */
  dismiss(): void {
    void this.flush()
    this.#closed = true
    this.#socket.destroySoon()
  }

  destroy(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => {
      this.bytesIn += chunk.length
      if (this.#deflating) this.#deflating.push(chunk)
      else this.inbox.push(chunk)
    })
    socket.on('end', () => {
      if (this.#deflating) this.#deflating.end(() => this.inbox.end())
      else this.inbox.end()
    })
    socket.on('close', () => this.#leave())
    socket.on('error', seenAtClose)
  }

  #leave(): void {
    this.#left = true
    this.#gone?.resolve()
    this.inbox.end()
  }
}

/** 'close' follows every error; the session sees the end of its inbox. */
function seenAtClose(): void {}

function joined(parts: readonly (string | Uint8Array)[]): string | Buffer {
  if (parts.every((part) => typeof part === 'string')) return parts.join('')
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}
