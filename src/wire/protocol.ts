// The one way a line protocol converses: read a command, look up whether this phase may hear it,
// run it, answer, go on. Knows no protocol; a closet gives it words, phases and sentences.
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import { type Connection, Stopping, TimedOut } from './connection.ts'
import { Gone, TooLong } from './inbox.ts'
import type { SessionSums, Witness } from './witness.ts'

/** What a running command may do with its client, besides returning its turn. */
export interface Client {
  readonly connection: Connection
  /** Says a line at once, before the command has ended: a 354, a SASL challenge. */
  prompt(line: string): Promise<void>
  /** Says a line and awaits the client's next one. @throws Gone, TooLong, TimedOut */
  ask(line: string): Promise<string>
}

/** The outcome of one command: what to answer, where the session stands now, and what then. */
export interface Turn<Phase, Reply> {
  readonly reply?: Reply
  readonly phase?: Phase
  readonly next?: 'close' | 'starttls' | 'compress'
  /** The command failed by the client's fault, and counts towards the limit of errors. */
  readonly blame?: boolean
  /** "idle": it brought nothing forward; many of them in a row, up to a "done", are too many. */
  readonly worth?: 'idle' | 'done'
  /**
   * The command is under way, and how it turned out is known later; nothing else is said here.
   * Called once the commands before have been answered.
   */
  readonly later?: () => Promise<Turn<Phase, Reply>>
}

export interface Command<Phase extends { in: string }, Reply, Ports> {
  readonly name: string
  readonly when: readonly Phase['in'][]
  /** It may be run while commands before it are under way; all others wait for these. */
  readonly joins?: boolean
  parse(rest: never): unknown
  run(
    phase: never,
    args: never,
    ports: Ports,
    client: Client,
  ): Promise<Turn<Phase, Reply>> | Turn<Phase, Reply>
}

/** The argument does not follow the grammar; `message` says what was expected. */
export class Syntax extends Error {}

/** A command as it was spoken. */
export interface Spoken<Rest = string> {
  readonly tag: string
  readonly name: string
  readonly rest: Rest
  /** Why it could not be heard out: its syntax, where that is not for the command to say. */
  readonly fault?: string
}

export interface Answers<Reply> {
  readonly unknown: Reply
  readonly tooLong: Reply
  readonly timedOut: Reply
  readonly stopping: Reply
  readonly tooManyErrors: Reply
  /** Where idle commands are limited. */
  readonly tooManyIdle?: Reply
  /** Whatever was not foreseen: temporary, for mail is never lost to a bug. */
  readonly bug: Reply
  outOfPhase(command: string, phase: string): Reply
  syntax(why: string): Reply
  refused(error: Refused): Reply
}

/** One protocol for one kind of listener: its words, its phases, its voice. */
export interface Protocol<Phase extends { in: string }, Reply, Ports> {
  readonly name: string
  readonly start: (connection: Connection) => Phase
  readonly greeting: Reply
  readonly commands: ReadonlyMap<string, Command<Phase, Reply, Ports>>
  readonly limits: ConversationLimits
  /** Reads one whole command; undefined when the client has ended. */
  read(
    connection: Connection,
    phase: Phase,
  ): Promise<Spoken<unknown> | undefined> | Spoken<unknown> | undefined
  /** With its line ends. */
  format(reply: Reply, tag: string): string
  /** The session is over, however it ended: lets go of what its last phase holds. */
  end?(phase: Phase): void
  readonly answers: Answers<Reply>
}

export interface ConversationLimits {
  /** From when a command is awaited until its last byte, whatever trickles in between. */
  readonly commandTimeoutMs: number
  /** Errors by the client before it is shown out. */
  readonly errorsMax: number
  /** Commands in a row that bring nothing forward. Default: no limit. */
  readonly idleCommandsMax?: number
}

/** Declares a command whose run() sees only the phases it is allowed in. */
export function words<Phase extends { in: string }, Reply, Ports, Rest = string>() {
  return <In extends Phase['in'], Args>(command: {
    readonly name: string
    readonly when: readonly In[]
    readonly joins?: boolean
    readonly parse: (rest: Rest) => Args
    readonly run: (
      phase: Extract<Phase, { in: In }>,
      args: Args,
      ports: Ports,
      client: Client,
    ) => Promise<Turn<Phase, Reply>> | Turn<Phase, Reply>
  }): Command<Phase, Reply, Ports> => ({
    ...command,
    run: command.run as Command<Phase, Reply, Ports>['run'],
  })
}

/** The commands of a protocol, by name. */
export function table<Phase extends { in: string }, Reply, Ports>(
  commands: readonly Command<Phase, Reply, Ports>[],
): ReadonlyMap<string, Command<Phase, Reply, Ports>> {
  return new Map(commands.map((command) => [command.name, command]))
}

/** Where a session is being led, and with what. */
export interface Session<Ports, Phase = unknown, Reply = unknown> {
  readonly connection: Connection
  readonly ports: Ports
  readonly log: Log
  readonly witness?: Witness<Phase, Reply>
  /** Turns the connection over to TLS after a command asked for it. */
  readonly secure?: (connection: Connection) => Promise<void>
}

/** Converses until the client leaves, is shown out, or is lost. Never rejects. */
export function converse<Phase extends { in: string }, Reply, Ports>(
  protocol: Protocol<Phase, Reply, Ports>,
  session: Session<Ports, Phase, Reply>,
): Promise<void> {
  return new Conversation(protocol, session).run()
}

/**
 * Thousands of these wait at a time, each async function on the way half a KiB, and each hop of a
 * promise costs time: so there is one, and what it calls answers at once where it can.
 */
class Conversation<Phase extends { in: string }, Reply, Ports> implements Client {
  readonly connection: Connection
  readonly #protocol: Protocol<Phase, Reply, Ports>
  readonly #session: Session<Ports, Phase, Reply>
  #phase: Phase
  #errors = 0
  #commands = 0
  #idle = 0
  /** Commands that are under way. */
  #underWay = 0
  #settled: Promise<void> = Promise.resolve()

  constructor(protocol: Protocol<Phase, Reply, Ports>, session: Session<Ports, Phase, Reply>) {
    this.#protocol = protocol
    this.#session = session
    this.connection = session.connection
    this.#phase = protocol.start(session.connection)
  }

  async run(): Promise<void> {
    this.#session.log.info('session began', this.#who())
    let end: SessionSums['end'] = 'quit'
    try {
      this.#answer(this.#protocol.greeting, '')
      for (;;) {
        // Who waits for a command may say something meanwhile: nothing is under way then.
        if (this.#underWay > 0 && !this.connection.inbox.hasLine()) await this.#settled
        const wait = this.#flushed()
        if (wait) await wait
        const read = this.#read()
        const spoken = read instanceof Promise ? await read : read
        this.connection.heard()
        const goesOn = this.#turn(spoken)
        if (!(goesOn instanceof Promise ? await goesOn : goesOn)) break
        this.#commands++
      }
    } catch (error) {
      // What is under way is answered first, whoever still hears it.
      await this.#settled.catch(() => {})
      end = this.#endOf(error)
    } finally {
      this.connection.heard()
      this.#protocol.end?.(this.#phase)
    }
    this.#over(end)
  }

  #who() {
    const { id, address, port } = this.connection
    return { session: id, protocol: this.#protocol.name, client: address, port }
  }

  #over(end: SessionSums['end']): void {
    const { bytesIn, bytesOut, since, tls } = this.connection
    const ms = Date.now() - since
    this.#session.witness?.ended(this.#phase, { end, ms, commands: this.#commands })
    const sums = { commands: this.#commands, errors: this.#errors, bytesIn, bytesOut, tls }
    this.#session.log.info('session ended', { ...this.#who(), end, ms, ...sums })
  }

  /** Why the session is over. @throws what no client can bring about. */
  #endOf(error: unknown): SessionSums['end'] {
    const { answers } = this.#protocol
    if (error instanceof Gone) return 'gone'
    if (error instanceof TooLong) {
      this.#answer(answers.tooLong, '')
      return 'quit'
    }
    if (error instanceof Stopping) {
      this.#answer(answers.stopping, '')
      return 'stopping'
    }
    if (!(error instanceof TimedOut)) throw error
    this.#answer(answers.timedOut, '')
    return 'timed out'
  }

  /** Answers leave together, once no whole command of a burst is left. */
  #flushed(): Promise<void> | void {
    const { connection } = this
    connection.deadline(performance.now() + this.#protocol.limits.commandTimeoutMs)
    if (!connection.inbox.hasLine() || connection.full) return connection.flush()
  }

  /** The next command, while which is awaited the client is idle. */
  #read(): ReturnType<Protocol<Phase, Reply, Ports>['read']> {
    this.connection.awaits()
    return this.#protocol.read(this.connection, this.#phase)
  }

  /** Answers one command, at once where it can be. False when it was the last. */
  #turn(spoken: Spoken<unknown> | undefined): Promise<boolean> | boolean {
    if (spoken === undefined) throw new Gone()
    if (this.#underWay > 0) return this.#turnBehind(spoken)
    const began = performance.now()
    const turn = this.#outcome(spoken)
    if (!(turn instanceof Promise)) return this.#ended(spoken, turn, began)
    return turn.then((late) => this.#ended(spoken, late, began))
  }

  /** The same while commands before it are under way: they are answered first. */
  async #turnBehind(spoken: Spoken<unknown>): Promise<boolean> {
    const joins = this.#protocol.commands.get(spoken.name)?.joins && spoken.fault === undefined
    if (!joins) await this.#settled
    const began = performance.now()
    const turn = await this.#outcome(spoken)
    if (!turn.later) await this.#settled
    return this.#ended(spoken, turn, began)
  }

  #ended(
    spoken: Spoken<unknown>,
    turn: Turn<Phase, Reply>,
    began: number,
  ): Promise<boolean> | boolean {
    if (!turn.later) return this.#finish(spoken, turn, began)
    this.#follow(spoken, turn.later, began)
    return this.#underWay < underWayMax || this.#settled.then(() => true)
  }

  /** Answers a command that is under way, when it has ended and all before it have. */
  #follow(spoken: Spoken<unknown>, later: () => Promise<Turn<Phase, Reply>>, began: number): void {
    this.#underWay++
    this.#settled = this.#settled.then(async () => {
      const turn = await this.#guarded(spoken.name, later)
      const goesOn = await this.#finish(spoken, turn, began)
      this.#underWay--
      if (!goesOn) this.connection.dismiss()
      else if (this.#underWay === 0) await this.connection.flush()
    })
    // Whoever waits for it is told.
    this.#settled.catch(() => {})
  }

  /** Answers a command; false when it was the last. */
  #finish(
    spoken: Spoken<unknown>,
    turn: Turn<Phase, Reply>,
    began: number,
  ): Promise<boolean> | boolean {
    this.#session.witness?.turn(spoken, this.#phase, turn, performance.now() - began)
    if (turn.phase) this.#phase = turn.phase
    if (this.#isIdling(turn)) return false
    if (turn.reply !== undefined) this.#answer(turn.reply, spoken.tag)
    if (turn.next === 'close') return false
    if (turn.next === 'starttls') return this.#starttls()
    if (turn.next === 'compress') return this.#compress()
    if (turn.blame && ++this.#errors >= this.#protocol.limits.errorsMax) {
      this.#answer(this.#protocol.answers.tooManyErrors, '')
      return false
    }
    return true
  }

  /** Whether the client has wasted so many commands that it is shown out in place of an answer. */
  #isIdling({ worth }: Turn<Phase, Reply>): boolean {
    const { limits, answers } = this.#protocol
    if (worth === 'done') this.#idle = 0
    if (worth !== 'idle' || ++this.#idle <= (limits.idleCommandsMax ?? Infinity)) return false
    if (answers.tooManyIdle !== undefined) this.#answer(answers.tooManyIdle, '')
    return true
  }

  #outcome(spoken: Spoken<unknown>): Promise<Turn<Phase, Reply>> | Turn<Phase, Reply> {
    const { name, rest, fault } = spoken
    const { answers, commands } = this.#protocol
    if (fault !== undefined) return { reply: answers.syntax(fault), blame: true }
    const command = commands.get(name)
    if (!command) return { reply: answers.unknown, blame: true }
    if (!command.when.includes(this.#phase.in))
      return { reply: answers.outOfPhase(name, this.#phase.in), blame: true }
    const { ports } = this.#session
    return this.#guarded(name, () =>
      command.run(this.#phase as never, command.parse(rest as never) as never, ports, this),
    )
  }

  /** The turn that a command makes; where it throws, the one that this means. */
  #guarded(
    name: string,
    run: () => Promise<Turn<Phase, Reply>> | Turn<Phase, Reply>,
  ): Promise<Turn<Phase, Reply>> | Turn<Phase, Reply> {
    try {
      const turn = run()
      return turn instanceof Promise ? turn.catch((error) => this.#failed(name, error)) : turn
    } catch (error) {
      return this.#failed(name, error)
    }
  }

  /** @throws what ends the session */
  #failed(name: string, error: unknown): Turn<Phase, Reply> {
    const { answers } = this.#protocol
    if (error instanceof Syntax) return { reply: answers.syntax(error.message), blame: true }
    if (error instanceof Refused) return { reply: answers.refused(error), blame: true }
    if (error instanceof TooLong) return { reply: answers.tooLong, next: 'close' }
    if (ended(error)) throw error
    this.#session.log.error('command failed', { command: name, error })
    return { reply: answers.bug }
  }

  async #compress(): Promise<boolean> {
    await this.connection.flush()
    this.connection.compress()
    return true
  }

  async #starttls(): Promise<boolean> {
    await this.connection.flush()
    try {
      await this.#session.secure?.(this.connection)
    } catch (error) {
      this.#session.log.info('TLS handshake failed', { error })
      this.connection.destroy()
      return false
    }
    return true
  }

  #answer(reply: Reply, tag: string): void {
    this.connection.say(this.#protocol.format(reply, tag))
  }

  async prompt(line: string): Promise<void> {
    this.connection.say(`${line}\r\n`)
    await this.connection.flush()
  }

  async ask(line: string): Promise<string> {
    await this.prompt(line)
    const limit = askLineMaxBytes
    this.connection.deadline(performance.now() + this.#protocol.limits.commandTimeoutMs)
    const answer = await this.connection.inbox.line(limit, true)
    this.connection.deadline(Number.POSITIVE_INFINITY)
    if (answer === undefined) throw new Gone()
    return answer.toString('latin1')
  }
}

/** Commands of one session that are under way at the same time. */
const underWayMax = 16

/** RFC 4954 §4: a SASL answer may be 12,288 octets long. */
const askLineMaxBytes = 12288

/** What ends the session, whoever awaited the client. */
function ended(error: unknown): boolean {
  return error instanceof Gone || error instanceof TimedOut || error instanceof Stopping
}
