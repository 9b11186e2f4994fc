// The last lines of the log, in memory, for pages that show it. Bounded in lines and in their
// length; what is told in more detail than a person reads is left to the file.
import type { Log, LogFields } from '../base/log.ts'

export interface LogLine {
  /** Grows with each line. */
  readonly id: string
  readonly at: string
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  /** JSON. */
  readonly fields: string
}

const linesMax = 1_000
const fieldsMaxChars = 2_000

export class LogRing {
  readonly #now: () => number
  #lines: LogLine[] = []
  #count = 0

  constructor(now: () => number) {
    this.#now = now
  }

  lines(): readonly LogLine[] {
    return this.#lines.slice(-linesMax)
  }

  /** A log whose lines are kept here, too. */
  beside(log: Log, own: LogFields = {}): Log {
    const keep = (level: LogLine['level'], event: string, fields: LogFields = {}) => {
      this.#keep(level, event, { ...own, ...fields })
      log[level](event, fields)
    }
    return {
      debug: (event, fields) => log.debug(event, fields),
      info: (event, fields) => keep('info', event, fields),
      warn: (event, fields) => keep('warn', event, fields),
      error: (event, fields) => keep('error', event, fields),
      with: (fields) => this.beside(log.with(fields), { ...own, ...fields }),
    }
  }

  #keep(level: LogLine['level'], event: string, fields: LogFields): void {
    const at = new Date(this.#now()).toISOString()
    const id = String(++this.#count).padStart(12, '0')
    this.#lines.push({ id, at, level, event, fields: textOf(fields) })
    if (this.#lines.length >= 2 * linesMax) this.#lines = this.#lines.slice(-linesMax)
  }
}

function textOf(fields: LogFields): string {
  try {
    return JSON.stringify(fields, plain).slice(0, fieldsMaxChars)
  } catch {
    // A circle, or a getter that throws: the line counts, not its fields.
    return ''
  }
}

function plain(_name: string, value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? String(value)
  return typeof value === 'bigint' ? String(value) : value
}
