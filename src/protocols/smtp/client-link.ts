// The client's side of one SMTP connection: lines out, replies in, each within its time, and the
// way to TLS. Knows the shape of replies, RFC 5321 §4.2, and not what they mean.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { plainAddress } from '../../base/networks.ts'
import type { Reply } from '../../base/reply.ts'
import { systemFailure } from '../../base/system-error.ts'
import type { TlsFailure } from '../../queue/hop.ts'
import { Inbox, TooLong } from '../../wire/inbox.ts'

/** The connection is of no more use; `message` says why in one line. */
export class HopLost extends Error {}

/** It is TLS that the connection was lost for. */
export class TlsLost extends HopLost {
  readonly failure: TlsFailure

  constructor(message: string, failure: TlsFailure) {
    super(message)
    this.failure = failure
  }
}

export interface LinkOptions {
  readonly host: string
  readonly port: number
  /** "tls": from the first byte. "starttls": after STARTTLS, which the hop must offer. */
  readonly tls: 'none' | 'starttls' | 'tls'
  /** PEM of the authorities to believe besides, or instead of, the system's. */
  readonly ca?: string
  /** False takes whatever certificate the hop shows. */
  readonly verify: boolean
  /** The name for TLS where `host` is an address that somebody else looked up. */
  readonly serverName?: string
  /** Judges the chain (DER, leaf first) in place of the authorities: "" or why not. */
  readonly judge?: (chain: readonly Uint8Array[]) => string
  /** Our own address for the connection. */
  readonly localAddress?: string
  /** For name look-up and TCP together, and again for a TLS handshake. */
  readonly connectTimeoutMs: number
  /** For a whole reply, whatever trickles in between; and for the hop to take 64 KiB of ours. */
  readonly replyTimeoutMs: number
}

/** A reply, its text that of all lines joined by spaces. */
export interface HopSaid extends Reply {
  readonly lines: readonly string[]
}

const replyLine = /^([2-5]\d\d)(?:([ -])(.*))?$/s
const statusWord = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/
const lineMaxBytes = 2048 // RFC 5321 §4.5.3.1.5 says 512; longer ones are met.
const linesMax = 128
const textMaxLength = 1000
const leaveTimeoutMs = 1000

export class Link {
  /** "192.0.2.7:25" */
  readonly hop: string
  readonly #options: LinkOptions
  #inbox: Inbox
  #socket: Socket
  #secured = false
  #tls = ''

  private constructor(socket: Socket, options: LinkOptions) {
    this.#options = options
    this.#socket = socket
    this.#inbox = new Inbox(socket)
    const address = plainAddress(socket.remoteAddress ?? options.host)
    this.hop = `${address.includes(':') ? `[${address}]` : address}:${options.port}`
    this.#attach(socket)
  }

  /** Connects, with TLS at once where it is asked for. @throws HopLost */
  static async open(options: LinkOptions, signal?: AbortSignal): Promise<Link> {
    const { host, port, localAddress } = options
    const from = localAddress === undefined ? {} : { localAddress }
    const socket = connect({ host, port, noDelay: true, ...from })
    await opened(socket, 'connect', options.connectTimeoutMs, signal)
    const link = new Link(socket, options)
    const abort = () => link.#fail(new HopLost('cancelled'))
    signal?.addEventListener('abort', abort, { once: true })
    socket.once('close', () => signal?.removeEventListener('abort', abort))
    if (options.tls === 'tls') await link.secure()
    return link
  }

  get secured(): boolean {
    return this.#secured
  }

  /** "TLSv1.3 TLS_AES_256_GCM_SHA384 verified", or "" without TLS. */
  get tls(): string {
    return this.#tls
  }

  /** Whether the hop is still there and waits for us to speak. */
  get idle(): boolean {
    return !this.#socket.destroyed && this.#socket.readable && this.#inbox.length === 0
  }

  /** Whether the hop is this machine, so that what is said to it crosses no network. */
  get local(): boolean {
    return /^(127\.|\[::1\])/.test(this.hop)
  }

  /** Whether a line of the hop waits to be read. */
  get heard(): boolean {
    return this.#inbox.hasLine()
  }

  /** Says a command and reads the reply to it. @throws HopLost */
  async ask(command: string): Promise<HopSaid> {
    await this.say([command])
    return this.reply()
  }

  /** Says commands in one write. @throws HopLost */
  async say(commands: readonly string[]): Promise<void> {
    await this.write(this.lines(commands))
  }

  /** Commands as they go out. @throws HopLost */
  lines(commands: readonly string[]): Buffer {
    // The last fence against a line break that would make one command two.
    if (commands.some((command) => /[\r\n\0]/.test(command)))
      throw new HopLost('line break or NUL inside a command')
    return Buffer.from(`${commands.join('\r\n')}\r\n`)
  }

  /** @throws HopLost when the hop does not take it in time. */
  async write(data: string | Uint8Array): Promise<void> {
    const socket = this.#socket
    if (socket.destroyed) throw new HopLost(closedEarly)
    if (socket.write(data)) return
    await settled(socket, 'drain', this.#options.replyTimeoutMs)
  }

  /** One whole reply. @throws HopLost */
  async reply(withinMs = this.#options.replyTimeoutMs): Promise<HopSaid> {
    const timer = setTimeout(() => this.#inbox.fail(new HopLost(timedOut)), withinMs)
    try {
      return await this.#reply()
    } catch (error) {
      if (error instanceof TooLong) throw new HopLost(tooLong)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  async #reply(): Promise<HopSaid> {
    let code = ''
    let status = ''
    const lines: string[] = []
    for (;;) {
      const bytes = await this.#inbox.line(lineMaxBytes, true)
      if (bytes === undefined) throw new HopLost(closedEarly)
      const line = bytes.toString().replace(/[\x00-\x1f\x7f-\x9f]/g, '?')
      const match = replyLine.exec(line)
      if (!match || (code !== '' && match[1] !== code))
        throw new HopLost(`no SMTP reply: ${line.slice(0, 100)}`)
      const [, digits = '', mark, said = ''] = match
      code = digits
      // RFC 2034 §4: each line of a reply carries the status, of the class of the code.
      const own = statusWord.exec(said)
      if (own && own[1]![0] === code[0]) status ||= own[1]!
      lines.push(own && own[1] === status ? said.slice(own[0].length) : said)
      if (mark !== '-') break
      if (lines.length >= linesMax) throw new HopLost(tooLong)
    }
    const text = lines.join(' ').trim().slice(0, textMaxLength)
    return { code: Number(code), status, text, lines }
  }

  /**
   * Goes over to TLS. What the hop said before it is thrown away: RFC 3207 §4.2.
   * @throws HopLost
   */
  async secure(): Promise<void> {
    const { ca, verify, judge, connectTimeoutMs } = this.#options
    const host = this.#options.serverName ?? this.#options.host
    const plain = this.#socket
    plain.removeAllListeners('data').removeAllListeners('end')
    const secured = connectTls({
      socket: plain,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === undefined ? {} : { ca }),
      rejectUnauthorized: verify && !judge,
      minVersion: 'TLSv1.2',
    })
    this.#inbox.forget(secured)
    try {
      await opened(secured, 'secureConnect', connectTimeoutMs)
    } catch (error) {
      if (error instanceof HopLost && error.message !== 'cancelled')
        throw new TlsLost(error.message, tlsFailure(error.cause))
      throw error
    }
    const judgement = judge?.(chainOf(secured)) ?? ''
    if (judgement !== '') {
      secured.destroy()
      throw new TlsLost(judgement, 'validation-failure')
    }
    const verified = secured.authorized || judge !== undefined
    const { standardName } = secured.getCipher()
    const version = secured.getProtocol() ?? 'TLS'
    this.#tls = `${version} ${standardName} ${verified ? 'verified' : 'unverified'}`
    this.#socket = secured
    this.#secured = true
    this.#attach(secured)
  }

  /** Says QUIT and closes, in the background: what matters has been said. */
  leave(): void {
    this.#socket.write('QUIT\r\n')
    this.reply(leaveTimeoutMs)
      .catch(() => {})
      .finally(() => this.destroy())
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #fail(error: HopLost): void {
    this.#inbox.fail(error)
    this.#socket.destroy()
  }

  #attach(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#inbox.push(chunk))
    socket.on('end', () => this.#inbox.end())
    socket.on('close', () => this.#inbox.end())
    socket.on('error', (error) => this.#inbox.fail(new HopLost(systemFailure(error))))
  }
}

const closedEarly = 'Connection unexpectedly closed'
const tooLong = 'reply longer than a reply can be'
const timedOut = systemFailure(Object.assign(new Error(), { code: 'ETIMEDOUT' }))

/** Waits until a new socket is open; one that will not be is destroyed. @throws HopLost */
async function opened(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  withinMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const abort = () => socket.destroy(new HopLost('cancelled'))
  signal?.addEventListener('abort', abort, { once: true })
  if (signal?.aborted) abort()
  try {
    await settled(socket, event, withinMs)
  } catch (error) {
    // Whatever else goes wrong on it concerns nobody.
    socket.on('error', () => {})
    socket.destroy()
    throw error
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

/** Waits for `event` on a socket. @throws HopLost when it fails, closes, or takes too long. */
async function settled(socket: Socket, event: string, withinMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (failure?: HopLost) => {
      clearTimeout(timer)
      socket.off(event, happened).off('error', failed).off('close', closed)
      if (failure) reject(failure)
      else resolve()
    }
    const happened = () => done()
    const failed = (error: Error) =>
      done(error instanceof HopLost ? error : new HopLost(systemFailure(error), { cause: error }))
    const closed = () => done(new HopLost(closedEarly))
    const timer = setTimeout(() => done(new HopLost(timedOut)), withinMs)
    socket.on(event, happened).on('error', failed).on('close', closed)
  })
}

/** The certificates that the hop has shown, in DER, leaf first. */
function chainOf(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = []
  let at = socket.getPeerCertificate(true)
  while (at?.raw && chain.length < chainMax) {
    chain.push(at.raw)
    // The last one is its own issuer.
    if (at.issuerCertificate === at || !at.issuerCertificate) break
    at = at.issuerCertificate
  }
  return chain
}

const chainMax = 10
const untrusted = /SELF_SIGNED|UNABLE_TO|CERT_UNTRUSTED|INVALID_CA|CERT_CHAIN/

/** RFC 8460 §4.3 */
function tlsFailure(error: unknown): TlsFailure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'certificate-host-mismatch'
  if (code === 'CERT_HAS_EXPIRED') return 'certificate-expired'
  return untrusted.test(code) ? 'certificate-not-trusted' : 'validation-failure'
}
