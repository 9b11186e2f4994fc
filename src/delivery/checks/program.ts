// Runs somebody else's program on a text: no shell, a process group of its own, and an end that it
// cannot put off. Knows nothing of mail.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

export interface ProgramRun {
  /** The program and its arguments, as they are. */
  readonly command: readonly string[]
  /** All of its environment. */
  readonly env: Readonly<Record<string, string>>
  /** Given to its standard input; what it does not read is not an error. */
  readonly input: AsyncIterable<Uint8Array>
  /** Gets its standard output, and holds it back. */
  readonly output: (chunk: Buffer) => Promise<void> | void
  readonly outputMaxBytes: number
  readonly timeoutMs: number
  /** Ends the program, whatever it does. */
  readonly stop: AbortSignal
}

export interface ProgramEnd {
  /** "exited" with status 0 alone means that all of its output has come. */
  readonly is:
    | 'exited'
    | 'timed out'
    | 'said too much'
    | 'kept its output open'
    | 'not started'
    | 'stopped'
  readonly status: number | null
  /** "SIGSEGV" … or "". */
  readonly signal: string
  /** The beginning of its standard error. */
  readonly complaint: string
}

const complaintMaxBytes = 2048
/** For output that is still in the pipe when the program has ended. */
const drainMs = 3_000

/** Rejects with what `input` or `output` fail with; else tells how it ended. */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const [file = '', ...args] = run.command
  const { env } = run
  const child = spawn(file, args, { cwd: '/', env: { ...env }, detached: true, stdio: 'pipe' })
  return await new Running(child, run).end()
}

class Running {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #run: ProgramRun
  readonly #complaint: Buffer[] = []
  #complaintBytes = 0
  #cut: Exclude<ProgramEnd['is'], 'exited'> | undefined
  #why = ''
  #open = true
  #drain: NodeJS.Timeout | undefined

  constructor(child: ChildProcessWithoutNullStreams, run: ProgramRun) {
    this.#child = child
    this.#run = run
    child.stdin.on('error', () => {})
    child.stdout.on('error', () => {})
    child.stderr.on('error', () => {})
    child.stderr.on('data', (chunk: Buffer) => this.#complain(chunk))
  }

  async end(): Promise<ProgramEnd> {
    const child = this.#child
    const closed = this.#closed()
    const timer = setTimeout(() => this.#kill('timed out'), this.#run.timeoutMs)
    const { stop } = this.#run
    const stopped = () => this.#kill('stopped')
    stop.addEventListener('abort', stopped)
    if (stop.aborted) stopped()
    const fed = this.#feed()
    const read = this.#read()
    let failure: unknown
    const failed = (error: unknown) => {
      failure ??= error
      this.#kill('not started')
    }
    fed.catch(failed)
    read.catch(failed)
    try {
      await closed
      await read.catch(() => {})
    } finally {
      stop.removeEventListener('abort', stopped)
      clearTimeout(timer)
      clearTimeout(this.#drain)
    }
    if (failure !== undefined) throw failure
    const text = Buffer.concat(this.#complaint).toString('utf8').trim()
    return {
      is: this.#cut ?? 'exited',
      status: child.exitCode,
      signal: child.signalCode ?? '',
      complaint: this.#why === '' ? text : this.#why,
    }
  }

  /** Resolves when the program has ended and its output with it. */
  #closed(): Promise<void> {
    const child = this.#child
    return new Promise((resolve) => {
      child.once('error', (error) => {
        this.#why = error.message
        this.#cut ??= 'not started'
        this.#abandon()
        resolve()
      })
      child.once('exit', () => {
        // Whatever it left behind in its group goes with it, and no longer holds its output open.
        this.#killGroup()
        this.#drain = setTimeout(() => {
          this.#cut ??= 'kept its output open'
          this.#abandon()
        }, drainMs)
      })
      child.once('close', () => resolve())
    })
  }

  async #feed(): Promise<void> {
    const { stdin } = this.#child
    for await (const chunk of this.#run.input) {
      if (!stdin.writable || !this.#open) return
      if (!stdin.write(chunk)) await drained(stdin)
    }
    stdin.end()
  }

  async #read(): Promise<void> {
    let bytes = 0
    try {
      for await (const chunk of this.#child.stdout as AsyncIterable<Buffer>) {
        bytes += chunk.length
        if (bytes > this.#run.outputMaxBytes) return this.#kill('said too much')
        await this.#run.output(chunk)
      }
    } catch (error) {
      // A pipe that was cut off is told of by how it was.
      if (this.#cut === undefined) throw error
    }
  }

  #complain(chunk: Buffer): void {
    const room = complaintMaxBytes - this.#complaintBytes
    if (room <= 0) return
    this.#complaint.push(chunk.subarray(0, room))
    this.#complaintBytes += Math.min(room, chunk.length)
  }

  #kill(why: Exclude<ProgramEnd['is'], 'exited'>): void {
    this.#cut ??= why
    this.#killGroup()
    this.#abandon()
  }

  #killGroup(): void {
    const { pid } = this.#child
    if (pid === undefined) return
    try {
      process.kill(-pid, 'SIGKILL')
    } catch {
      // Nobody is left in it.
    }
  }

  #abandon(): void {
    this.#open = false
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr])
      stream.destroy()
  }
}

function drained(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stream.off('drain', done)
      stream.off('close', done)
      resolve()
    }
    stream.on('drain', done)
    stream.on('close', done)
  })
}
