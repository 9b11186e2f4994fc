// The log of the house, by pino: JSON lines to a file or to standard output.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { destination, type Logger, pino, stdSerializers } from 'pino'
import type { Log } from '../base/log.ts'

export interface OpenLog {
  readonly log: Log
  /** Writes what is still held. */
  flush(): void
}

/** `file` "" is standard output. Lines are held for at most a second, or 4 KiB of them. */
export function openLog(level: string, file: string): OpenLog {
  if (file !== '') mkdirSync(dirname(file), { recursive: true })
  const to = file === '' ? 1 : file
  const stream = destination({ dest: to, sync: false, minLength: 4096, periodicFlush: 1000 })
  // A full disk loses log lines, never mail, and ends nothing.
  stream.on('error', () => {})
  const logger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"at":"${new Date().toISOString()}"`,
      messageKey: 'event',
      formatters: { level: (name) => ({ level: name }) },
      serializers: { error: stdSerializers.err },
    },
    stream,
  )
  return { log: logOf(logger), flush: () => stream.flushSync() }
}

function logOf(logger: Logger): Log {
  return {
    debug: (event, fields) => logger.debug(fields ?? {}, event),
    info: (event, fields) => logger.info(fields ?? {}, event),
    warn: (event, fields) => logger.warn(fields ?? {}, event),
    error: (event, fields) => logger.error(fields ?? {}, event),
    with: (fields) => logOf(logger.child(fields)),
  }
}
