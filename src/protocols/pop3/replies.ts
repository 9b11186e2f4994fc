// Every sentence the POP3 server can say. RFC 1939 §3; response codes of RFC 2449 §8, RFC 3206.
import type { RefusalCode } from '../../base/refused.ts'

export const replies = {
  greeting: '+OK Amplop POP3 server ready',
  ok: '+OK',
  bye: '+OK Bye',
  capabilities: '+OK Capability list follows',
  userOk: '+OK Send PASS',
  needUser: '-ERR Send USER first',
  mechanisms: '+OK Mechanisms follow',
  authCancelled: '-ERR Authentication cancelled',
  authMalformed: '-ERR Cannot decode the authentication response',
  authUnknown: '-ERR Unrecognized authentication mechanism',
  authLater: '-ERR [SYS/TEMP] Temporary authentication failure',
  authTooOften: '-ERR [AUTH] Too many failed logins',
  // RFC 2449 §8.1.1 and §8.1.2.
  loginDelay: '-ERR [LOGIN-DELAY] Logged in a moment ago, try again later',
  inUse: '-ERR [IN-USE] Another session has the maildrop',
  tlsReady: '+OK Begin TLS negotiation',
  tlsAlready: '-ERR TLS is already in use',
  utf8: '+OK UTF-8 mode',
  languages: '+OK Language listing follows',
  language: '+OK en English it is',
  languageDefault: '+OK i-default English it is',
  languageUnknown: '-ERR No such language',
  listing: '+OK Listing follows',
  top: '+OK Top of message follows',
  noMessage: '-ERR No such message',
  deletedAlready: '-ERR The message is marked as deleted',
  goneMeanwhile: '-ERR The message is gone: another session has removed it',
  deleted: '+OK Message will be deleted at QUIT',
  reset: '+OK Nothing will be deleted',
  notRemoved: '-ERR [SYS/TEMP] Deleted messages were not removed, try again later',
  onlyBeforeLogin: '-ERR Only before login',
  onlyAfterLogin: '-ERR Log in first',
  unknown: '-ERR Unknown command',
  tooLong: '-ERR Line too long',
  stopping: '-ERR [SYS/TEMP] Service shutting down, try again later',
  tooManyErrors: '-ERR Too many errors',
  bug: '-ERR [SYS/TEMP] Local error in processing, try again later',
} as const

const storage = '-ERR [SYS/TEMP] Storage failed, try again later'
const impossible = '-ERR Not possible'

/** What each refusal sounds like here. */
export const refusals: Record<RefusalCode, string> = {
  'bad-address': impossible,
  'unknown-user': impossible,
  'relay-denied': impossible,
  'sender-denied': impossible,
  disabled: '-ERR [SYS/PERM] Mailbox disabled',
  'over-quota': impossible,
  'too-big': impossible,
  'too-many-recipients': impossible,
  'bad-message': impossible,
  loop: impossible,
  'not-found': '-ERR [SYS/PERM] There is no maildrop',
  exists: impossible,
  'not-empty': impossible,
  'too-many': impossible,
  'bad-value': '-ERR Bad argument',
  'wrong-credentials': '-ERR [AUTH] Authentication failed',
  'needs-login': '-ERR Log in first',
  'needs-tls': '-ERR Encryption required: STLS, or the port for TLS',
  'rate-limited': '-ERR [SYS/TEMP] Too often, try again later',
  busy: '-ERR [SYS/TEMP] Too busy, try again later',
  'no-space': storage,
  'storage-failed': storage,
  unavailable: '-ERR [SYS/TEMP] A service needed is not available, try again later',
  'filter-refused': impossible,
  'filter-deferred': impossible,
}

/** What a client beyond the connection limits hears. */
export const busy = '-ERR [SYS/TEMP] Too many connections, try again later'

/** What every client hears while nothing can be stored. */
export const away = storage
