// Tells a client now and then that its command is still at work, so that it does not give up:
// RFC 9585 §4. Only of commands that say whole lines; FETCH shows by itself that it goes on.
import type { Connection } from '../../wire/connection.ts'

const longCommands = new Set([
  ...['SEARCH', 'SORT', 'THREAD', 'ESEARCH', 'COPY', 'MOVE', 'STORE', 'EXPUNGE'],
  ...['CREATE', 'DELETE', 'RENAME', 'SELECT', 'EXAMINE', 'STATUS', 'LIST', 'CLOSE'],
])

export interface InProgress {
  readonly name: string
  readonly tag: string
  readonly connection: Connection
  readonly everyMs: number
}

/** Runs a command, and says every so often that it runs. */
export async function telling<T>(
  { name, tag, connection, everyMs }: InProgress,
  run: () => Promise<T> | T,
): Promise<T> {
  if (!longCommands.has(name.replace('UID ', ''))) return run()
  // A bracket would end the code before its end.
  const which = tag.includes(']') ? '' : ` ("${tag}" NIL NIL)`
  const timer = setInterval(() => {
    connection.say(`* OK [INPROGRESS${which}] Still at it\r\n`)
    void connection.flush()
  }, everyMs)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
