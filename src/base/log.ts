// The port through which every room tells what it does. The real one is made in app.

export type LogFields = Readonly<Record<string, unknown>>

/** One structured line each. Names of fields: session, message, account, client, ms, error. */
export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Log
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => silentLog,
}
