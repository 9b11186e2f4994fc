// The log of the house, by pino: JSON lines to a file or to standard output.
import { openSync } from 'node:fs'
import { dirname } from 'node:path'
import { destination, type Logger, pino, stdSerializers } from 'pino'
import { makeFolder } from '../base/folder.ts'
import type { Log } from '../base/log.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error' | 'off'

export interface OpenLog {
  readonly log: Log
  /** From now on, for everyone who has a part of this log. */
  setLevel(level: Level): void
  /** Writes what is still held. */
  flush(): void
}

/**
 * `file` "" is standard output. Lines are held for at most a second, or 16 kB of them.
 * @throws Error when the file cannot be written.
 */
export function openLog(level: Level, file: string): OpenLog {
  const gate = { least: weights[level] }
  const stream = destination({
    dest: file === '' ? 1 : opened(file),
    sync: false,
    minLength: 16_000,
    periodicFlush: 1000,
  })
  // A full disk loses log lines, never mail, and ends nothing.
  stream.on('error', () => {})
  const logger = pino(
    {
      level: 'debug',
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      messageKey: 'event',
      formatters: { level: (name) => ({ level: name }) },
      serializers: { error: stdSerializers.err },
    },
    stream,
  )
  const setLevel = (level: Level) => {
    gate.least = weights[level]
  }
  return { log: logOf(logger, gate), setLevel, flush: () => stream.flushSync() }
}

const weights: Readonly<Record<Level, number>> = { debug: 1, info: 2, warn: 3, error: 4, off: 5 }

/** pino's children keep the level they were born with; all of them share this. */
interface Gate {
  least: number
}

/** The file's descriptor; its folder may be the data folder, which is the owner's alone. */
function opened(file: string): number {
  makeFolder(dirname(file))
  return openSync(file, 'a', 0o600)
}

function logOf(logger: Logger, gate: Gate): Log {
  return {
    debug: (event, fields) => {
      if (gate.least <= weights.debug) logger.debug(fields ?? {}, event)
    },
    info: (event, fields) => {
      if (gate.least <= weights.info) logger.info(fields ?? {}, event)
    },
    warn: (event, fields) => {
      if (gate.least <= weights.warn) logger.warn(fields ?? {}, event)
    },
    error: (event, fields) => {
      if (gate.least <= weights.error) logger.error(fields ?? {}, event)
    },
    with: (fields) => logOf(logger.child(fields), gate),
  }
}
