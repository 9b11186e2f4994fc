// The SMTP server as one value: what it can hear, say and bear. RFC 5321.
import { replyTo } from '../../base/refusal-replies.ts'
import type { Connection } from '../../wire/connection.ts'
import { type Protocol, table } from '../../wire/protocol.ts'
import { readWords } from '../../wire/words.ts'
import { auth } from './commands/auth.ts'
import { bdat } from './commands/bdat.ts'
import { data } from './commands/data.ts'
import { ehlo, helo, lhlo } from './commands/hello.ts'
import { mail } from './commands/mail.ts'
import { rcpt } from './commands/rcpt.ts'
import { foreign, help, noop, quit, rset } from './commands/small.ts'
import { starttls } from './commands/starttls.ts'
import { etrn, expn, vrfy } from './commands/verify.ts'
import { xclient } from './commands/xclient.ts'
import { xstat } from './commands/xstat.ts'
import { formatReply, greeting, replies, type Said, type SmtpReply } from './replies.ts'
import { drop, type Phase, type SmtpPorts } from './session.ts'

/** RFC 5321 §4.5.3.1.4 asks for 512; RFC 4954 §4.3 for a long AUTH response on the line. */
const lineMaxBytes = 12_288 + 512

/** The protocol for listeners with these ports. */
export function smtp(ports: SmtpPorts): Protocol<Phase, Said, SmtpPorts> {
  const { options } = ports
  const reading = {
    lineMaxBytes,
    // It may change while the server runs.
    get bareLf() {
      return options.lenient
    },
  }
  return {
    name: options.face,
    start: ({ id }) => ({ in: 'connected', session: id }),
    greeting: greeting(options),
    commands: table([
      ...(options.face === 'lmtp' ? [lhlo] : [ehlo, helo, auth, expn, etrn, xstat]),
      ...[mail, rcpt, data, bdat, rset, noop, vrfy, help, quit, starttls, xclient],
      ...foreign,
    ]),
    limits: options,
    read: (connection: Connection) => readWords(connection, reading),
    format: formatReply,
    end: drop,
    answers: {
      unknown: replies.unknown,
      tooLong: replies.tooLong,
      timedOut: replies.timedOut,
      stopping: replies.stopping,
      tooManyErrors: replies.tooManyErrors,
      tooManyIdle: replies.tooManyIdle,
      bug: replies.bug,
      outOfPhase: (command, at) =>
        at === 'connected' && options.face === 'lmtp' ? replies.needLhlo : outOfPhase(command, at),
      syntax: (text) => ({ code: 501, status: '5.5.4', text }),
      refused: replyTo,
    },
  }
}

function outOfPhase(command: string, phase: string): SmtpReply {
  if (phase === 'connected') return replies.needGreeting
  if (phase === 'chunks' || phase === 'spoilt') return replies.chunksBegun
  if (phase === 'mail') return command === 'MAIL' ? replies.nested : replies.badSequence
  return replies.needMail
}
