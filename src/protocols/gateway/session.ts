// A gateway conversation over TCP or TLS. The classic client sends one object and reads text to the
// end; whoever ends an object with a newline gets a line of JSON for each, in order. Which of the
// two it is shows by what has come when the first answer is ready.
import { type Connection, Stopping, TimedOut } from '../../wire/connection.ts'
import { badObjectAnswer, type Gateway, hello, helloLine } from './gateway.ts'
import { BadObject, blanks, JsonStream } from './json-stream.ts'
import type { Caller } from './permission.ts'
import { type Answer, classicText, invalid, jsonLine, replies } from './replies.ts'

/** Serves one connection until it is over. The listener closes it. */
export async function serveGateway(gateway: Gateway, connection: Connection): Promise<void> {
  await new Session(gateway, connection).run()
}

/** Beyond this many bytes in flight no further object is read, however few they are. */
const inFlightMaxBytes = 1024 * 1024
/** An object must keep to this on average, once its first minute is over. */
const minBytesPerMs = 16

class Session {
  readonly #gateway: Gateway
  readonly #connection: Connection
  readonly #caller: Caller
  readonly #stream: JsonStream
  /** A newline or another object has come after the first one. */
  #lines = false
  #objects = 0
  #inFlight = 0
  #inFlightBytes = 0
  #held = 0
  /** The end of the last answer; answers leave in the order of their objects. */
  #answered: Promise<void> = Promise.resolve()
  #roomier: (() => void) | undefined
  #over = false
  /** The client is slow to take its answers. */
  #flushing = false
  /** performance.now() when the object that is coming began; 0 between two. */
  #began = 0

  constructor(gateway: Gateway, connection: Connection) {
    this.#gateway = gateway
    this.#connection = connection
    this.#stream = new JsonStream(gateway.limits)
    this.#caller = {
      session: connection.id,
      protocol: 'gateway',
      address: connection.address,
      port: connection.port,
      tls: connection.tls,
      token: '',
    }
  }

  async run(): Promise<void> {
    try {
      const last = await this.#objectsIn()
      await this.#answered
      if (last && !this.#over) await this.#conclude(last)
    } finally {
      this.#over = true
      this.#hold(0)
    }
  }

  /** Reads objects until the client ends or cannot go on; then what is left to be said. */
  async #objectsIn(): Promise<Answer | undefined> {
    try {
      for (;;) {
        const object = await this.#next()
        if (object === undefined) return this.#ended()
        this.#begin(object)
        await this.#room()
      }
    } catch (error) {
      if (error instanceof BadObject) return badObjectAnswer(error)
      if (error instanceof TooMuchHeld) return invalid(replies.busy)
      if (error instanceof TimedOut) return this.#timedOut()
      if (error instanceof Stopping) return invalid(replies.stopping)
      throw error
    }
  }

  #ended(): Answer | undefined {
    if (this.#began > 0) return invalid({ ...replies.noJson, text: 'the object has no end' })
    if (this.#objects > 0) return undefined
    return invalid({ ...replies.noJson, text: 'nothing was sent' })
  }

  #timedOut(): Answer {
    const { timedOut } = replies
    return invalid(
      this.#began > 0 ? { ...timedOut, text: 'timed out in the midst of an object' } : timedOut,
    )
  }

  /** One whole object; undefined at the end of input. */
  async #next(): Promise<Buffer | undefined> {
    const { inbox } = this.#connection
    if (!(await this.#untilObject())) return undefined
    this.#began = performance.now()
    for (;;) {
      this.#watch()
      const chunk = await inbox.some()
      if (chunk === undefined) return undefined
      const framed = this.#stream.push(chunk)
      this.#hold(framed ? framed.object.length : this.#stream.length)
      if (!framed) continue
      inbox.unread(framed.rest)
      return framed.object
    }
  }

  /** Skips white space up to the next object; false at the end of input. */
  async #untilObject(): Promise<boolean> {
    const connection = this.#connection
    const { inbox } = connection
    this.#watch()
    for (;;) {
      const chunk = await connection.idle(() => inbox.some())
      if (chunk === undefined) return false
      const skip = blanks(chunk)
      if (this.#objects > 0 && (skip < chunk.length || chunk.subarray(0, skip).includes(10)))
        this.#lines = true
      // What follows the last answer is read away: left unread it would destroy it on its way.
      if (this.#over || skip === chunk.length) continue
      inbox.unread(chunk.subarray(skip))
      return true
    }
  }

  #begin(object: Buffer): void {
    const began = this.#began
    this.#began = 0
    this.#objects++
    this.#inFlight++
    this.#inFlightBytes += object.length
    const taken = this.#gateway.take(object, this.#caller, began)
    this.#answered = this.#answered.then(async () => {
      const answer = await taken
      this.#inFlight--
      this.#inFlightBytes -= object.length
      this.#hold(this.#stream.length)
      await this.#say(answer)
      this.#roomier?.()
    })
    this.#watch()
  }

  async #say(answer: Answer | typeof hello): Promise<void> {
    const connection = this.#connection
    if (answer === hello) {
      this.#lines = true
      connection.say(helloLine(this.#gateway.limits))
    } else if (this.#inLines()) connection.say(jsonLine(answer))
    else return this.#close(classicText(answer))
    this.#flushing = true
    this.#watch()
    await connection.flush()
    this.#flushing = false
    this.#watch()
  }

  /** Whether more has come than the one object of a classic client. */
  #inLines(): boolean {
    return this.#lines || this.#objects > 1 || this.#began > 0 || this.#connection.inbox.length > 0
  }

  /** The last thing said: to who talks in lines, a line. */
  async #conclude(answer: Answer): Promise<void> {
    const closed = this.#close(this.#objects > 0 ? jsonLine(answer) : classicText(answer))
    await drain(this.#connection)
    await closed
  }

  #close(words: string): Promise<void> {
    this.#over = true
    this.#connection.say(words)
    this.#roomier?.()
    return this.#connection.close()
  }

  /** Waits while too much is in flight for another object to be read. */
  async #room(): Promise<void> {
    const { inFlightMax } = this.#gateway.limits
    while (this.#inFlight >= inFlightMax || this.#inFlightBytes >= inFlightMaxBytes) {
      await new Promise<void>((resolve) => {
        this.#roomier = resolve
      })
      this.#roomier = undefined
    }
  }

  /** Gives the client its time: for its object, for taking its answers, for beginning the next. */
  #watch(): void {
    const { idleTimeoutMs, objectTimeoutMs } = this.#gateway.limits
    const idle = performance.now() + idleTimeoutMs
    if (this.#began > 0) {
      const earnedMs = this.#stream.length / minBytesPerMs
      this.#connection.deadline(Math.min(idle, this.#began + objectTimeoutMs + earnedMs))
    } else {
      // Our own work is not the client's idleness.
      const waiting = this.#flushing || this.#inFlight === 0
      this.#connection.deadline(waiting ? idle : Number.POSITIVE_INFINITY)
    }
  }

  /** Accounts for the bytes of the object that is coming and of those in flight. */
  #hold(coming: number): void {
    const held = this.#over ? 0 : coming + this.#inFlightBytes
    const ok = this.#gateway.hold(held - this.#held)
    this.#held = held
    if (!ok) throw new TooMuchHeld()
  }
}

/** All connections together have more on its way than memory is set aside for. */
class TooMuchHeld extends Error {}

async function drain(connection: Connection): Promise<void> {
  try {
    while ((await connection.inbox.some()) !== undefined) {
      // Thrown away.
    }
  } catch {
    // It is being closed anyway.
  }
}

/** What a client beyond the limit on connections hears. */
export const busyText = 'Failed to forward email: too many connections, try again later'

/** What every client hears while nothing can be stored. */
export const awayText = 'Failed to forward email: storage failed, try again later'
