// How a server's process ends: on a signal after a drain, on the next one at once, on a bug with a
// line in the log.
import type { Started } from '../app/start.ts'
import type { Log } from '../base/log.ts'

/** One Ctrl-C may arrive twice: from the terminal, and again from what started us. */
const echoMs = 1_000

const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const
type Signal = keyof typeof statuses

/** Listens from now on. Resolves with the first signal; one after it ends the process at once. */
export function firstSignal(signals: readonly Signal[]): Promise<Signal> {
  return new Promise((resolve) => {
    let firstAt: number | undefined
    for (const signal of signals)
      process.on(signal, () => {
        const now = performance.now()
        if (firstAt !== undefined && now - firstAt > echoMs) process.exit(statuses[signal])
        firstAt ??= now
        resolve(signal)
      })
  })
}

interface Served {
  readonly started: Started
  readonly asked: Promise<Signal>
  readonly log: Log
  /** Milliseconds that sessions get to end. */
  readonly graceMs: number
}

/** Runs `ready`, waits to be asked, closes; closes at once when `ready` rejects, as it does. */
export async function untilStopped(
  { started, asked, log, graceMs }: Served,
  ready: (stopping: AbortSignal) => Promise<void>,
): Promise<void> {
  const stopping = new AbortController()
  let grace = 0
  try {
    await ready(stopping.signal)
    const signal = await asked
    grace = graceMs
    log.info('stopping', { signal, graceMs })
  } finally {
    await started.close(grace)
    stopping.abort()
  }
}

/** An exception nobody caught: what it left behind is unknown, so the process ends. */
export function dieLoudly(log: Log, flush: () => void): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('crashed', { error, origin })
    process.stderr.write(`amplop: crashed: ${error instanceof Error ? error.stack : error}\n`)
    flush()
    process.exit(1)
  })
}
