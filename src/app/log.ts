// The log of the house, by pino: JSON lines to a file or to standard output.
import { openSync } from 'node:fs'
import { dirname } from 'node:path'
import { destination, type Logger, pino, stdSerializers } from 'pino'
import { makeFolder } from '../base/folder.ts'
import type { Log } from '../base/log.ts'

export interface OpenLog {
  readonly log: Log
  /** Writes what is still held. */
  flush(): void
}

/**
 * `file` "" is standard output. Lines are held for at most a second, or 4 KiB of them.
 * @throws Error when the file cannot be written.
 */
export function openLog(level: string, file: string): OpenLog {
  const stream = destination({
    dest: file === '' ? 1 : opened(file),
    sync: false,
    minLength: 4096,
    periodicFlush: 1000,
  })
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

/** The file's descriptor; its folder may be the data folder, which is the owner's alone. */
function opened(file: string): number {
  makeFolder(dirname(file))
  return openSync(file, 'a', 0o600)
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
