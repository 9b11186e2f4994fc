// The client end of IMAP as far as carrying mail away needs it: login, names, and messages one by
// one as they come. RFC 9051, RFC 3501. Changes nothing at the server.
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** One response: its text, each literal in it as "\0". */
export interface ImapResponse {
  readonly text: string
  readonly literals: readonly Buffer[]
}

export interface ImapPlace {
  readonly host: string
  readonly port: number
  /** From the first byte; otherwise STARTTLS, unless the host is this machine. */
  readonly tls: boolean
}

const silenceMs = 120_000
const lineMaxBytes = 16 * 1024 * 1024

/** What the server answered to a command that it would not do. */
export class ImapRefused extends Error {}

/** The connection is gone, or nothing has come by it for too long: another may fare better. */
export class ImapLost extends Error {}

export class ImapClient {
  #socket: Socket
  #chunks: Chunks
  #held: Buffer = Buffer.alloc(0)
  #tag = 0
  readonly #literalMaxBytes: number
  capabilities: ReadonlySet<string> = new Set()

  private constructor(socket: Socket, literalMaxBytes: number) {
    this.#socket = socket
    this.#literalMaxBytes = literalMaxBytes
    this.#chunks = new Chunks(socket)
  }

  /** Connects, secures and greets. Larger literals are thrown away as they come, and are empty. */
  static async open({ host, port, tls }: ImapPlace, literalMaxBytes: number): Promise<ImapClient> {
    const socket = tls ? connectTls({ port, ...identity(host) }) : connect({ host, port })
    await opened(socket, tls ? 'secureConnect' : 'connect')
    const client = new ImapClient(socket, literalMaxBytes)
    try {
      const greeting = await client.#response()
      if (!/^\* (OK|PREAUTH)/i.test(greeting.text))
        throw new ImapLost(`${host} does not greet: ${greeting.text.slice(0, 200)}`)
      await client.#learn()
      if (!tls && !isLoopback(host)) await client.#starttls(host)
      return client
    } catch (error) {
      // Left open, it would keep the program from ending.
      client.end()
      throw error
    }
  }

  /** @throws ImapRefused */
  async login(user: string, password: string): Promise<void> {
    if (this.capabilities.has('AUTH=PLAIN')) {
      const response = Buffer.from(`\0${user}\0${password}`).toString('base64')
      await this.ask('AUTHENTICATE PLAIN', response)
    } else if (this.capabilities.has('LOGINDISABLED'))
      throw new ImapRefused('the server takes no password here: use imaps://')
    else await this.ask(`LOGIN ${quoted(user)} ${quoted(password)}`)
    await this.#learn()
  }

  /** All responses to a command. @throws ImapRefused when it was not done */
  async ask(command: string, continuation?: string): Promise<ImapResponse[]> {
    const all: ImapResponse[] = []
    for await (const response of this.each(command, continuation)) all.push(response)
    return all
  }

  /** The responses one by one: no more is read than is taken. To be taken to the end. */
  async *each(command: string, continuation?: string): AsyncGenerator<ImapResponse> {
    const tag = `a${++this.#tag}`
    this.#socket.write(`${tag} ${command}\r\n`)
    for (;;) {
      const response = await this.#response()
      const { text } = response
      if (text.startsWith('+')) this.#socket.write(`${continuation ?? '*'}\r\n`)
      else if (!text.startsWith(`${tag} `)) yield response
      else if (/^\S+ OK/i.test(text)) return
      else throw new ImapRefused(`${wordsOf(command)}: ${text.slice(tag.length + 1, 300)}`)
    }
  }

  async close(): Promise<void> {
    await this.ask('LOGOUT').catch(() => {})
    this.#socket.destroy()
  }

  /** Without a word. */
  end(): void {
    this.#socket.destroy()
  }

  async #learn(): Promise<void> {
    const told = (await this.ask('CAPABILITY')).find(({ text }) => /^\* CAPABILITY/i.test(text))
    this.capabilities = new Set(told?.text.toUpperCase().split(' ').slice(2))
  }

  async #starttls(host: string): Promise<void> {
    if (!this.capabilities.has('STARTTLS'))
      throw new ImapRefused(`${host} offers no TLS here: use imaps://`)
    await this.ask('STARTTLS')
    // What came in clear behind the answer is not believed.
    this.#held = Buffer.alloc(0)
    const plain = this.#socket
    this.#chunks.leave()
    const socket = connectTls({ socket: plain, ...identity(host) })
    await opened(socket, 'secureConnect')
    this.#socket = socket
    this.#chunks = new Chunks(socket)
    await this.#learn()
  }

  async #response(): Promise<ImapResponse> {
    let text = ''
    const literals: Buffer[] = []
    for (;;) {
      const line = await this.#line()
      const literal = /\{(\d+)\+?\}$/.exec(line)
      if (!literal) return { text: text + line, literals }
      text += `${line.slice(0, literal.index)}\0`
      literals.push(await this.#bytes(Number(literal[1])))
    }
  }

  async #line(): Promise<string> {
    for (;;) {
      const at = this.#held.indexOf('\r\n')
      if (at >= 0) {
        const line = this.#held.toString('utf8', 0, at)
        this.#held = this.#held.subarray(at + 2)
        return line
      }
      if (this.#held.length > lineMaxBytes) throw new Error('the IMAP server sends a line too long')
      this.#held = Buffer.concat([this.#held, await this.#more()])
    }
  }

  async #bytes(count: number): Promise<Buffer> {
    const kept: Buffer[] = []
    const keep = count <= this.#literalMaxBytes
    for (let left = count; left > 0; ) {
      if (this.#held.length === 0) this.#held = await this.#more()
      const part = this.#held.subarray(0, left)
      this.#held = this.#held.subarray(part.length)
      left -= part.length
      if (keep) kept.push(part)
    }
    return Buffer.concat(kept)
  }

  async #more(): Promise<Buffer> {
    const chunk = await this.#chunks.next()
    if (chunk === undefined) throw new ImapLost('the IMAP server closed the connection')
    return chunk
  }
}

/** What a socket brings, one piece at a time and no more than is taken. */
class Chunks {
  readonly #socket: Socket
  readonly #waiting: Buffer[] = []
  #ended = false
  #error: Error | undefined
  #wake: () => void = () => {}
  readonly #take = (chunk: Buffer) => {
    this.#waiting.push(chunk)
    this.#socket.pause()
    this.#wake()
  }
  readonly #fail = (error: Error) => {
    this.#error = error
  }
  readonly #end = () => {
    this.#ended = true
    this.#wake()
  }

  constructor(socket: Socket) {
    this.#socket = socket
    socket
      .on('data', this.#take)
      .on('error', this.#fail)
      .on('end', this.#end)
      .on('close', this.#end)
  }

  /** undefined at the end. @throws ImapLost */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#waiting.shift()
      if (chunk) return chunk
      if (this.#error) throw new ImapLost(this.#error.message, { cause: this.#error })
      if (this.#ended) return undefined
      this.#socket.resume()
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Another reads on from here. */
  leave(): void {
    this.#socket.off('data', this.#take).off('end', this.#end).off('close', this.#end)
  }
}

function opened(socket: Socket, event: string): Promise<void> {
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('the IMAP server does not answer')))
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) => reject(new ImapLost(cause.message, { cause }))
    socket.once(event, () => {
      socket.off('error', failed)
      resolve()
    })
    socket.once('error', failed)
  })
}

/** Whom its certificate must name. RFC 6066 §3: what the client says beforehand is no address. */
function identity(host: string) {
  return isIP(host) === 0 ? { host, servername: host } : { host }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\./.test(host)
}

/** RFC 9051 §4.3. */
export function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** A command without what may be secret. */
function wordsOf(command: string): string {
  return command.split(' ', 2).join(' ')
}
