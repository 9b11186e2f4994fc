// The check that hands a message to a program and takes what it prints in its place. Half of an
// output is never taken: what a failure means is the settings' to say.
import type { Log } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import { foldAscii, formatAddress } from '../../message/address.ts'
import type { LetterWriter } from '../letter.ts'
import { type Check, type Direction, type Opinion, plainWords, type Subject } from './check.ts'
import { CrlfText } from './line-ends.ts'
import { type ProgramEnd, runProgram } from './program.ts'
import { Turns } from './turns.ts'

export interface TransformSettings {
  readonly enabled: boolean
  /** The program and its arguments; none, no transform. */
  readonly command: readonly string[]
  readonly directions: readonly Direction[]
  /** Of recipients (in), else of the sender; none means all. In lower case. */
  readonly domains: readonly string[]
  readonly onFailure: 'unchanged' | 'tempfail' | 'quarantine'
  readonly timeoutMs: number
  readonly outputMaxBytes: number
  readonly concurrencyMax: number
}

export class Transform implements Check {
  readonly name = 'transform'
  /** Asked for each message anew, so that a change counts from the next one on. */
  readonly #settings: () => TransformSettings
  readonly #log: Log
  readonly #turns = new Turns()
  readonly #stop = new AbortController()

  constructor(settings: () => TransformSettings, log: Log) {
    this.#settings = settings
    this.#log = log
  }

  look(subject: Subject): Promise<Opinion> | undefined {
    const settings = this.#settings()
    const { enabled, command, directions } = settings
    if (!enabled || command.length === 0) return undefined
    if (!directions.includes(subject.direction)) return undefined
    if (!concerns(settings.domains, subject)) return undefined
    return this.#transformed(subject, settings)
  }

  /** Ends every program; their messages hear that we are busy. */
  stop(): void {
    this.#stop.abort()
  }

  async #transformed(subject: Subject, settings: TransformSettings): Promise<Opinion> {
    const { timeoutMs, concurrencyMax } = settings
    const leave = await this.#turns.take(concurrencyMax, timeoutMs)
    // Not a failure of the program: a crowd must not be a way around it.
    if (!leave) throw new Refused('busy', 'too many messages wait for the transform')
    const written = subject.rewrite(Number.POSITIVE_INFINITY)
    try {
      return await this.#run(subject, settings, written)
    } finally {
      leave()
      written.abort()
    }
  }

  async #run(
    subject: Subject,
    settings: TransformSettings,
    written: LetterWriter,
  ): Promise<Opinion> {
    const text = new CrlfText()
    const { command, outputMaxBytes, timeoutMs } = settings
    const end = await runProgram({
      command,
      env: environment(subject),
      input: subject.letter.text(),
      output: (chunk) => written.write(text.push(chunk)),
      outputMaxBytes,
      timeoutMs,
      stop: this.#stop.signal,
    })
    if (end.is === 'stopped') throw new Refused('busy', 'stopping')
    const program = plainWords(command[0] ?? '')
    this.#complaint(subject, end)
    const failure = failureOf(end, written.size > 0 || subject.letter.size === 0)
    if (failure !== undefined) return failed(`${program} ${failure}`, settings.onFailure)
    await written.write(text.end())
    return { is: 'taken', said: `${program} took it`, letter: written.end() }
  }

  #complaint({ envelope }: Subject, { is, status, signal, complaint }: ProgramEnd): void {
    const about = { message: envelope.id, is, status, signal, complaint: plainWords(complaint) }
    if (complaint !== '' || is !== 'exited' || status !== 0) this.#log.warn('transform', about)
  }
}

function failed(said: string, policy: TransformSettings['onFailure']): Opinion {
  if (policy === 'tempfail') return { is: 'deferred', said }
  return { is: 'taken', said, quarantine: policy === 'quarantine' }
}

/** Why the output is not to be taken. */
function failureOf({ is, status, signal }: ProgramEnd, printed: boolean): string | undefined {
  if (is !== 'exited') return is === 'not started' ? 'could not be started' : is
  if (signal !== '') return `was ended by ${signal}`
  if (status !== 0) return `failed with status ${status}`
  return printed ? undefined : 'printed nothing'
}

function concerns(domains: readonly string[], { direction, envelope }: Subject): boolean {
  if (domains.length === 0) return true
  const { from, recipients } = envelope
  const whose = direction === 'in' ? recipients.map(({ address }) => address) : from ? [from] : []
  return whose.some(({ domain }) => domains.includes(foldAscii(domain)))
}

/** Nothing of ours, and nothing of the client's that is not plain text. */
function environment({ envelope, direction }: Subject): Record<string, string> {
  const { id, client, from } = envelope
  return {
    PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    AMPLOP_ID: id,
    AMPLOP_DIRECTION: direction,
    AMPLOP_CLIENT: client.address,
    AMPLOP_LOGIN: plainWords(client.login),
    AMPLOP_SENDER: from ? plainWords(formatAddress(from)) : '',
  }
}
