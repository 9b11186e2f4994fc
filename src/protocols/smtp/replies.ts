// Every sentence the SMTP server can say. RFC 5321 §4.2 codes, RFC 3463 and RFC 5248 statuses.
import { refusalReplies } from '../../base/refusal-replies.ts'
import type { Reply } from '../../base/reply.ts'

/** A reply of one line or more; EHLO's lines and greetings carry no status (RFC 2034 §4). */
export interface SmtpReply {
  readonly code: number
  readonly status: string
  readonly text: string | readonly string[]
}

function say(code: number, status: string, text: string): Reply {
  return { code, status, text }
}

export const replies = {
  ok: say(250, '2.0.0', 'OK'),
  senderOk: say(250, '2.1.0', 'Sender OK'),
  // RFC 6710 §4.1: only those who are known may put their mail before others'.
  priorityLowered: say(250, '2.3.6', '0 is the priority: a higher one needs a login'),
  recipientOk: say(250, '2.1.5', 'Recipient OK'),
  goAhead: say(354, '', 'Start mail input; end with <CRLF>.<CRLF>'),
  chunkOk: say(250, '2.0.0', 'Chunk OK'),
  bye: say(221, '2.0.0', 'Bye'),
  // RFC 5321 §3.5.3: neither confirmed nor denied, so that nobody can harvest names.
  vrfy: say(252, '2.5.2', 'Cannot verify, but will accept the message and attempt delivery'),
  expn: say(252, '2.5.2', 'Cannot expand, but will accept the message and attempt delivery'),
  etrn: say(459, '4.7.1', 'Node not allowed: no mail is held here for others to fetch'),
  help: say(
    214,
    '2.0.0',
    'HELO EHLO AUTH STARTTLS MAIL RCPT DATA BDAT RSET NOOP VRFY EXPN HELP QUIT',
  ),
  authOk: say(235, '2.7.0', 'Authentication successful'),
  authCancelled: say(501, '5.7.0', 'Authentication cancelled'),
  authMalformed: say(501, '5.5.2', 'Cannot decode the authentication response'),
  authUnknown: say(504, '5.5.4', 'Unrecognized authentication mechanism'),
  authAlready: say(503, '5.5.1', 'Already authenticated'),
  authLater: say(454, '4.7.0', 'Temporary authentication failure'),
  authTooOften: say(421, '4.7.0', 'Too many failed logins'),
  helpLmtp: say(214, '2.0.0', 'LHLO STARTTLS MAIL RCPT DATA BDAT RSET NOOP VRFY HELP QUIT'),
  tlsReady: say(220, '2.0.0', 'Ready to start TLS'),
  tlsAlready: say(503, '5.5.1', 'TLS is already in use'),
  tlsNot: say(454, '4.7.0', 'TLS is not available'),
  needGreeting: say(503, '5.5.1', 'Say EHLO or HELO first'),
  needLhlo: say(503, '5.5.1', 'Say LHLO first'),
  nested: say(503, '5.5.1', 'Nested MAIL command'),
  needMail: say(503, '5.5.1', 'Need MAIL command first'),
  needRcpt: say(503, '5.5.1', 'Need RCPT command first'),
  badSequence: say(503, '5.5.1', 'Bad sequence of commands'),
  // RFC 2920 §3.1: DATA behind recipients that were all refused.
  noValidRecipients: say(554, '5.5.1', 'No valid recipients'),
  // RFC 3030 §2: what follows such a line may be message text or commands, and nobody can tell.
  chunkMalformed: say(501, '5.5.4', 'Expected BDAT size [LAST]; closing'),
  chunkEndless: say(552, '5.3.4', 'Message size exceeds the limit by far; closing'),
  chunksBegun: say(503, '5.5.1', 'The message comes by BDAT: go on with it, or RSET'),
  needChunks: say(503, '5.5.1', 'BODY=BINARYMIME needs BDAT'),
  // SMTP smuggling: LF . LF, LF . CRLF and CRLF . LF are ends to some servers, and none here.
  bareLineEnd: say(550, '5.5.2', 'Bare CR or LF refused: only <CRLF>.<CRLF> ends the text'),
  unannounced: say(554, '5.5.0', 'Commands behind the text without PIPELINING; closing'),
  holdTwice: say(501, '5.5.4', 'HOLDFOR and HOLDUNTIL exclude each other'),
  xclientDenied: say(550, '5.7.1', 'Not allowed to speak for others'),
  unknownParameter: say(555, '5.5.4', 'Parameter not recognized'),
  senderNeedsDomain: say(501, '5.1.7', 'The sender address needs a domain'),
  needUtf8: say(553, '5.6.7', 'This address needs SMTPUTF8'),
  unknown: say(500, '5.5.1', 'Command unrecognized'),
  tooLong: say(500, '5.5.2', 'Line too long'),
  timedOut: say(421, '4.4.2', 'Timed out waiting for the client'),
  stopping: say(421, '4.3.2', 'Service shutting down'),
  tooManyErrors: say(421, '4.7.0', 'Too many errors'),
  tooManyIdle: say(421, '4.7.0', 'Too many commands without a message'),
  // A browser was made to send this: what follows may be mail in a form field.
  notHttp: say(421, '4.7.0', 'This is no web server'),
  bug: say(451, '4.3.0', 'Local error in processing'),
  noRoute: say(550, '5.4.4', 'No route: this server does not deliver to other domains'),
} as const satisfies Record<string, Reply>

/** What each refusal sounds like here. */
export const refusals = refusalReplies

/** What a client beyond the connection limits hears. */
export const busy = '421 4.3.2 Too many connections, try again later'

/** What every client hears while nothing can be stored. */
export const away = '421 4.3.0 Storage failed, try again later'

/** RFC 5321 §4.2: the server's name, and for people what it speaks. */
export function greeting(server: {
  readonly serverName: string
  readonly face: string
}): SmtpReply {
  const speaks = server.face === 'lmtp' ? 'LMTP' : 'ESMTP'
  return { code: 220, status: '', text: `${server.serverName} ${speaks} Amplop` }
}

/** What a command is answered: one reply, or in LMTP one for each recipient. */
export type Said = SmtpReply | readonly SmtpReply[]

export function formatReply(said: Said): string {
  return 'code' in said ? formatOne(said) : said.map(formatOne).join('')
}

function formatOne({ code, status, text }: SmtpReply): string {
  const head = status === '' ? '' : `${status} `
  if (typeof text === 'string') return `${code} ${head}${text}\r\n`
  const last = text.length - 1
  return text.map((line, n) => `${code}${n < last ? '-' : ' '}${head}${line}\r\n`).join('')
}
