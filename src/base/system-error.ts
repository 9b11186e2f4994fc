// The system's errors in the words people know them by. Knows no protocol.

/** Linux numbers and words, whatever the system: what is answered must not differ by platform. */
const known: Readonly<Record<string, readonly [number, string]>> = {
  EPIPE: [32, 'Broken pipe'],
  ENETUNREACH: [101, 'Network is unreachable'],
  ECONNABORTED: [103, 'Software caused connection abort'],
  ECONNRESET: [104, 'Connection reset by peer'],
  ETIMEDOUT: [110, 'Connection timed out'],
  ECONNREFUSED: [111, 'Connection refused'],
  EHOSTDOWN: [112, 'Host is down'],
  EHOSTUNREACH: [113, 'No route to host'],
  EADDRNOTAVAIL: [99, 'Cannot assign requested address'],
  EACCES: [13, 'Permission denied'],
  EMFILE: [24, 'Too many open files'],
  ENOTFOUND: [-2, 'Name or service not known'],
  EAI_AGAIN: [-3, 'Temporary failure in name resolution'],
}

/** "Connection refused" for ECONNREFUSED; the error's own message where the code is not known. */
export function systemWords(error: unknown): string {
  return known[codeOf(error)]?.[1] ?? (error instanceof Error ? oneLine(error.message) : 'failed')
}

/** "[Errno 111] Connection refused"; without the number where the code is not known. */
export function systemFailure(error: unknown): string {
  const entry = known[codeOf(error)]
  return entry ? `[Errno ${entry[0]}] ${entry[1]}` : systemWords(error)
}

function codeOf(error: unknown): string {
  // A connection tried on several addresses fails with all their errors; the first one tells.
  const first = error instanceof AggregateError && error.errors.length > 0 ? error.errors[0] : error
  const code: unknown = first instanceof Error && 'code' in first ? first.code : undefined
  return typeof code === 'string' ? code : ''
}

function oneLine(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, 200)
}
