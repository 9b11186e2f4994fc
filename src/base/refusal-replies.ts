// What each refusal sounds like to whoever speaks SMTP's codes: RFC 5321 §4.2, RFC 5248. Protocols
// with words of their own say otherwise where they differ.
import type { RefusalCode, Refused } from './refused.ts'
import type { Reply } from './reply.ts'

function say(code: number, status: string, text: string): Reply {
  return { code, status, text }
}

/** Generic and fixed: a refusal's detail stays in the log. */
export const refusalReplies: Record<RefusalCode, Reply> = {
  'bad-address': say(501, '5.1.3', 'Bad address'),
  'unknown-user': say(550, '5.1.1', 'No such user here'),
  'relay-denied': say(550, '5.7.1', 'Relaying denied'),
  'sender-denied': say(550, '5.7.1', 'Not allowed to send as this address'),
  disabled: say(550, '5.2.1', 'Mailbox disabled'),
  'over-quota': say(452, '4.2.2', 'Mailbox full'),
  'too-big': say(552, '5.3.4', 'Message size exceeds the limit'),
  'too-many-recipients': say(452, '4.5.3', 'Too many recipients'),
  'bad-message': say(550, '5.6.0', 'Message refused: bare CR or LF, or a malformed header'),
  loop: say(554, '5.4.6', 'Too many hops: mail loop'),
  'not-found': say(550, '5.1.1', 'Not found'),
  exists: say(550, '5.3.0', 'Already exists'),
  'not-empty': say(550, '5.3.0', 'Not empty'),
  'too-many': say(452, '5.5.3', 'Too many'),
  'bad-value': say(501, '5.5.4', 'Bad argument'),
  'wrong-credentials': say(535, '5.7.8', 'Authentication credentials invalid'),
  'needs-login': say(530, '5.7.0', 'Authentication required'),
  'needs-tls': say(538, '5.7.11', 'Encryption required for authentication'),
  'rate-limited': say(450, '4.7.1', 'Too many messages, try again later'),
  busy: say(451, '4.3.2', 'Too busy, try again later'),
  'no-space': say(452, '4.3.1', 'Insufficient system storage'),
  'storage-failed': say(451, '4.3.0', 'Storage failed, try again later'),
  unavailable: say(451, '4.4.0', 'A service needed is not available, try again later'),
  'filter-refused': say(550, '5.7.1', 'Refused by policy'),
  'filter-deferred': say(451, '4.7.1', 'Not taken now, try again later'),
}

/** What to say of a refusal: a filter's own words where it has some, else those of its code. */
export function replyTo(
  { code, filter }: Refused,
  words: Readonly<Record<RefusalCode, Reply>> = refusalReplies,
): Reply {
  return filter?.reply ?? words[code]
}
