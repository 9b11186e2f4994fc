// Every sentence the IMAP server can say to a command. RFC 9051 §7.1, codes of RFC 5530 §3.
import type { RefusalCode } from '../../base/refused.ts'

export interface ImapReply {
  readonly is: 'OK' | 'NO' | 'BAD' | 'BYE'
  /** What stands in brackets, or "". */
  readonly code: string
  readonly text: string
}

export function ok(text: string, code = ''): ImapReply {
  return { is: 'OK', code, text }
}

export function no(code: string, text: string): ImapReply {
  return { is: 'NO', code, text }
}

function bad(text: string, code = ''): ImapReply {
  return { is: 'BAD', code, text }
}

function bye(text: string, code = ''): ImapReply {
  return { is: 'BYE', code, text }
}

export const replies = {
  unknown: bad('Unknown command'),
  badTag: bad('A command begins with a tag'),
  tooLong: bye('Line too long', 'TOOBIG'),
  timedOut: bye('Autologout: nothing was said for too long'),
  stopping: bye('Server shutting down', 'UNAVAILABLE'),
  tooManyErrors: bye('Too many errors'),
  tooManyLogins: bye('Too many failed logins'),
  bug: no('SERVERBUG', 'Local error in processing'),
  bye: bye('Logging out'),
  needLogin: bad('Log in first'),
  loggedIn: bad('Already logged in'),
  needMailbox: bad('Select a mailbox first'),
  authCancelled: bad('Authentication cancelled'),
  authMalformed: bad('Cannot decode the authentication response'),
  authUnknown: no('CANNOT', 'There is no such mechanism'),
  authLater: no('UNAVAILABLE', 'Temporary authentication failure'),
  tlsReady: ok('Begin TLS now'),
  tlsAlready: bad('TLS is already in use'),
  tlsNot: no('UNAVAILABLE', 'TLS is not available'),
  readOnly: no('READ-ONLY', 'The mailbox is open for reading only'),
  noMailbox: no('NONEXISTENT', 'There is no such mailbox'),
  noPermission: no('NOPERM', 'You have no right to do that'),
  tryCreate: no('TRYCREATE', 'There is no such mailbox'),
  mailboxGone: bye('The mailbox is gone', 'NONEXISTENT'),
  noMessage: no('NONEXISTENT', 'There is no such message'),
  uidRequired: bad('Messages are known by their UIDs only', 'UIDREQUIRED'),
} as const satisfies Record<string, ImapReply>

/** What each refusal sounds like here: generic and fixed. */
export const refusals: Record<RefusalCode, ImapReply> = {
  'bad-address': no('CANNOT', 'That is no address'),
  'unknown-user': no('NONEXISTENT', 'No such user here'),
  'relay-denied': no('NOPERM', 'Relaying denied'),
  'sender-denied': no('NOPERM', 'Not allowed to send as this address'),
  disabled: no('AUTHENTICATIONFAILED', 'Invalid name or password'),
  'over-quota': no('OVERQUOTA', 'The mailbox is full'),
  'too-big': no('TOOBIG', 'The message is larger than we take'),
  'too-many-recipients': no('LIMIT', 'Too many recipients'),
  'bad-message': no('CANNOT', 'That is no message'),
  loop: no('CANNOT', 'Mail loop'),
  'not-found': no('NONEXISTENT', 'Not found'),
  exists: no('ALREADYEXISTS', 'It is there already'),
  'not-empty': no('HASCHILDREN', 'It has others below it'),
  'too-many': no('LIMIT', 'Too many'),
  'bad-value': no('CANNOT', 'That cannot be'),
  'wrong-credentials': no('AUTHENTICATIONFAILED', 'Invalid name or password'),
  'needs-login': no('AUTHORIZATIONFAILED', 'Log in first'),
  'needs-tls': no('PRIVACYREQUIRED', 'Passwords are taken under TLS only'),
  'rate-limited': no('LIMIT', 'Too much at once, try again later'),
  busy: no('UNAVAILABLE', 'Too busy, try again later'),
  'no-space': no('UNAVAILABLE', 'Insufficient system storage'),
  'storage-failed': no('UNAVAILABLE', 'Storage failed, try again later'),
  unavailable: no('UNAVAILABLE', 'A service needed is not available, try again later'),
  'filter-refused': no('NOPERM', 'Refused by policy'),
  'filter-deferred': no('UNAVAILABLE', 'Not taken now, try again later'),
}

/** What a client beyond the connection limits hears. */
export const busy = '* BYE [UNAVAILABLE] Too many connections, try again later'

/** What every client hears while nothing can be stored. */
export const away = '* BYE [UNAVAILABLE] Storage failed, try again later'

export function formatReply(reply: ImapReply, tag: string): string {
  const { is, code, text } = reply
  const head = tag === '' || is === 'BYE' ? '*' : tag
  return `${head} ${is} ${code === '' ? '' : `[${code}] `}${text}\r\n`
}
