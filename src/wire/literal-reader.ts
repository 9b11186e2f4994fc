// Reading the kind of command that has literals in it: lines, and "{n}" announced bytes between
// them (RFC 9051 §4.3, RFC 7888). Knows no command; who asks says where reading is to stop.
import type { Connection } from './connection.ts'
import { Gone, TooLong } from './inbox.ts'

/** A piece of a command: text without line ends and announcements, or a literal. */
export type Piece =
  | { readonly text: Buffer }
  | { readonly literal: Buffer; readonly binary: boolean }

/** A literal that is announced and not yet read. */
export interface Announced {
  readonly size: number
  /** The client waits for word to go on. */
  readonly waits: boolean
  /** "~{n}": a literal8, RFC 9051 §4.3. */
  readonly binary: boolean
}

export interface Heard {
  readonly pieces: readonly Piece[]
  /** The literal it stopped at; `take` reads it, and what is not taken is thrown away. */
  readonly announced?: Announced
  /** Why the command cannot be heard out. */
  readonly fault?: string
}

export interface ReadingLimits {
  /** One line without its end. */
  readonly lineMaxBytes: number
  readonly literalMaxBytes: number
  /** A whole command, literals included. */
  readonly commandMaxBytes: number
  readonly literalsMax: number
  /** How much of what nobody takes is thrown away before the client is left. */
  readonly skippedMaxBytes: number
}

/** Whether the literal announced after these pieces is to be left to who asked. */
export type Stops = (pieces: readonly Piece[]) => boolean

const announcement = /(~?)\{(\d{1,20})(\+?)\}$/
const announcementMaxBytes = 24
const brace = 125
const goAhead = '+ OK\r\n'

export class LiteralReader {
  limits: ReadingLimits
  readonly #connection: Connection
  #announced: Announced | undefined
  /** Of a literal that is being taken, what is still to come. */
  #left = 0
  /** A literal was taken, and what follows it was not asked for. */
  #inside = false

  constructor(connection: Connection, limits: ReadingLimits) {
    this.#connection = connection
    this.limits = limits
  }

  /**
   * The next command, at once when it is there; undefined at the end of input.
   * @throws TooLong for a line beyond its limit, Gone inside of a command
   */
  read(stops: Stops): Promise<Heard | undefined> | Heard | undefined {
    if (this.#announced || this.#inside) return this.#afterSkip(stops)
    const line = this.#line()
    if (line instanceof Promise)
      return line.then((text) => (text === undefined ? undefined : this.#heard(text, [], stops)))
    return line === undefined ? undefined : this.#heard(line, [], stops)
  }

  /** What follows a literal that was taken. @throws as `read` */
  async more(stops: Stops, before: readonly Piece[] = []): Promise<Heard> {
    this.#inside = false
    const line = await this.#line()
    if (line === undefined) throw new Gone()
    return this.#heard(line, [...before], stops)
  }

  /**
   * The bytes of the literal that reading stopped at, as they come. Who leaves off, or does not ask
   * for `more`, leaves the rest of the command to be thrown away.
   */
  async *take(): AsyncGenerator<Buffer> {
    const announced = this.#announced
    if (!announced) return
    this.#announced = undefined
    await this.#invite(announced)
    this.#inside = true
    this.#left = announced.size
    for await (const part of this.#connection.inbox.exactly(announced.size)) {
      this.#left -= part.length
      yield part
    }
  }

  async #afterSkip(stops: Stops): Promise<Heard | undefined> {
    await this.#skip()
    // What was answered waited for the end of the burst, and this may have been it.
    if (!this.#connection.inbox.hasLine()) await this.#connection.flush()
    return this.read(stops)
  }

  #line(): Promise<Buffer | undefined> | Buffer | undefined {
    return this.#connection.inbox.line(this.limits.lineMaxBytes, true)
  }

  #heard(line: Buffer, before: Piece[], stops: Stops): Heard | Promise<Heard> {
    const announced = announcedIn(line)
    if (!announced) {
      before.push({ text: line })
      return { pieces: before }
    }
    const end = line.lastIndexOf(announced.binary ? '~{' : '{')
    before.push({ text: line.subarray(0, end) })
    this.#announced = announced
    if (stops(before)) return { pieces: before, announced }
    const fault = this.#faultOf(announced, before)
    if (fault !== undefined) return { pieces: before, fault }
    return this.#withLiteral(announced, before, stops)
  }

  async #withLiteral(announced: Announced, pieces: Piece[], stops: Stops): Promise<Heard> {
    const parts: Buffer[] = []
    for await (const part of this.take()) parts.push(part)
    const [first = Buffer.alloc(0)] = parts
    const literal = parts.length > 1 ? Buffer.concat(parts) : first
    pieces.push({ literal, binary: announced.binary })
    return this.more(stops, pieces)
  }

  #faultOf({ size }: Announced, pieces: readonly Piece[]): string | undefined {
    const { literalMaxBytes, commandMaxBytes, literalsMax } = this.limits
    if (size > literalMaxBytes) return 'Literal too long'
    if (pieces.length > 2 * literalsMax) return 'Too many literals'
    let bytes = size
    for (const piece of pieces) bytes += 'text' in piece ? piece.text.length : piece.literal.length
    return bytes > commandMaxBytes ? 'Command too long' : undefined
  }

  /** A client that waits is told to go on; one that does not may have more on its way. */
  async #invite({ waits, size }: Announced): Promise<void> {
    if (waits) this.#connection.say(goAhead)
    if (waits || this.#connection.inbox.length < size) await this.#connection.flush()
  }

  /** The rest of a command that was answered before it was heard out. */
  async #skip(): Promise<void> {
    let left = this.limits.skippedMaxBytes
    for (;;) {
      const announced = this.#announced
      this.#announced = undefined
      // RFC 9051 §4.3: told no, a client that waits says its next command.
      if (announced?.waits) return
      const bytes = announced?.size ?? this.#left
      if (bytes > left) throw new TooLong()
      left -= bytes
      if (this.#connection.inbox.length < bytes) await this.#connection.flush()
      for await (const part of this.#connection.inbox.exactly(bytes)) void part
      this.#inside = false
      const line = await this.#line()
      if (line === undefined) throw new Gone()
      this.#announced = announcedIn(line)
      if (!this.#announced) return
    }
  }
}

function announcedIn(line: Buffer): Announced | undefined {
  if (line[line.length - 1] !== brace) return undefined
  const tail = line.toString('latin1', Math.max(0, line.length - announcementMaxBytes))
  const found = announcement.exec(tail)
  if (!found) return undefined
  const [, tilde, size, plus] = found
  return { size: Number(size), waits: plus === '', binary: tilde !== '' }
}
