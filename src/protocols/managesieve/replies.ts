// Every sentence the ManageSieve server can say; response codes of RFC 5804 §1.3.
import type { RefusalCode } from '../../base/refused.ts'

export const replies = {
  ready: 'OK "Amplop ManageSieve ready"',
  ok: 'OK',
  loggedIn: 'OK "Logged in"',
  loggedOut: 'OK "Nobody is logged in"',
  bye: 'OK "Bye"',
  beginTls: 'OK "Begin TLS negotiation"',
  tlsAlready: 'NO "TLS is already in use"',
  authCancelled: 'NO "Authentication cancelled"',
  authMalformed: 'NO "Cannot decode the authentication response"',
  authUnknown: 'NO "Unknown authentication mechanism"',
  authLater: 'NO (TRYLATER) "Temporary authentication failure"',
  authTooOften: 'BYE "Too many failed logins"',
  noScript: 'NO (NONEXISTENT) "There is no such script"',
  active: 'NO (ACTIVE) "The script is active: activate another first, or none"',
  onlyBeforeLogin: 'NO "Only before login"',
  onlyAfterLogin: 'NO "Log in first"',
  unknown: 'NO "Unknown command"',
  tooLong: 'BYE "Line too long"',
  timedOut: 'BYE "Nothing was said for too long"',
  stopping: 'BYE (TRYLATER) "Service shutting down"',
  tooManyErrors: 'BYE "Too many errors"',
  bug: 'NO (TRYLATER) "Local error in processing"',
} as const

const storage = 'NO (TRYLATER) "Storage failed"'
const impossible = 'NO "Not possible"'

/** What each refusal sounds like here. */
export const refusals: Record<RefusalCode, string> = {
  'bad-address': impossible,
  'unknown-user': impossible,
  'relay-denied': impossible,
  'sender-denied': impossible,
  disabled: 'NO "The account is switched off"',
  'over-quota': 'NO (QUOTA) "All scripts together would be too large"',
  'too-big': 'NO (QUOTA/MAXSIZE) "The script is too large"',
  'too-many-recipients': impossible,
  'bad-message': impossible,
  loop: impossible,
  'not-found': replies.noScript,
  exists: 'NO (ALREADYEXISTS) "There is a script of that name"',
  'not-empty': impossible,
  'too-many': 'NO (QUOTA/MAXSCRIPTS) "There are too many scripts"',
  'bad-value': 'NO "That can be no name of a script"',
  'wrong-credentials': 'NO "Authentication failed"',
  'needs-login': replies.onlyAfterLogin,
  'needs-tls': 'NO (ENCRYPT-NEEDED) "STARTTLS first"',
  'rate-limited': 'NO (TRYLATER) "Too often"',
  busy: 'NO (TRYLATER) "Too busy"',
  'no-space': storage,
  'storage-failed': storage,
  unavailable: 'NO (TRYLATER) "A service needed is not available"',
  'filter-refused': impossible,
  'filter-deferred': impossible,
}

/** What a client beyond the connection limits hears. */
export const busy = 'BYE (TRYLATER) "Too many connections"'

/** What every client hears while nothing can be stored. */
export const away = 'BYE (TRYLATER) "Storage failed"'
