// The POP3 server as one value: what it can hear, say and bear. RFC 1939.
import type { Refused } from '../../base/refused.ts'
import { type Protocol, table } from '../../wire/protocol.ts'
import { dele, list, rset, stat, uidl } from './commands/drop.ts'
import { auth, pass, stls, user } from './commands/login.ts'
import { capa, lang, noop, quit, utf8 } from './commands/small.ts'
import { retr, top } from './commands/text.ts'
import { readCommand } from './grammar.ts'
import { refusals, replies } from './replies.ts'
import { type Phase, type Pop3Options, type Pop3Ports, type Pop3Reply, start } from './session.ts'

/** The protocol for listeners with these options. */
export function pop3(options: Pop3Options): Protocol<Phase, Pop3Reply, Pop3Ports> {
  return {
    name: 'pop3',
    start: () => start,
    greeting: replies.greeting,
    commands: table([
      ...[user, pass, auth, stls, capa, utf8, lang],
      ...[stat, list, uidl, retr, top, dele, rset, noop, quit],
    ]),
    limits: options,
    read: readCommand,
    format: (reply) => (reply === '' ? '' : `${reply}\r\n`),
    answers: {
      unknown: replies.unknown,
      tooLong: replies.tooLong,
      // RFC 1939 §3: closed in silence, and nothing is removed.
      timedOut: '',
      stopping: replies.stopping,
      tooManyErrors: replies.tooManyErrors,
      bug: replies.bug,
      outOfPhase: (_, phase) =>
        phase === 'open' ? replies.onlyAfterLogin : replies.onlyBeforeLogin,
      syntax: (why) => `-ERR ${why}`,
      refused: ({ code }: Refused) => refusals[code],
    },
  }
}
