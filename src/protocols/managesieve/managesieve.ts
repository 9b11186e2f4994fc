// The ManageSieve server (RFC 5804) as one value for each connection: what it can hear, say and
// bear.
import type { Refused } from '../../base/refused.ts'
import type { Connection } from '../../wire/connection.ts'
import { LiteralReader } from '../../wire/literal-reader.ts'
import { converse, type Protocol, type Session, table } from '../../wire/protocol.ts'
import { authenticate, starttls, unauthenticate } from './commands/login.ts'
import {
  checkScript,
  deleteScript,
  getScript,
  haveSpace,
  listScripts,
  putScript,
  renameScript,
  setActive,
} from './commands/scripts.ts'
import { capability, logout, noop } from './commands/small.ts'
import { quoted, spokenBy, strangerLimits } from './grammar.ts'
import { refusals, replies } from './replies.ts'
import {
  capabilities,
  type Phase,
  type Reply,
  type SessionPorts,
  type SievePorts,
  start,
} from './session.ts'

const commands = table([
  ...[authenticate, starttls, unauthenticate, capability, noop, logout],
  ...[haveSpace, putScript, checkScript, listScripts, setActive, getScript],
  ...[deleteScript, renameScript],
])

/** Converses until the client leaves. Never rejects. */
export function serveManageSieve(
  given: SievePorts,
  { secure, ...session }: Omit<Session<SessionPorts, Phase, Reply>, 'ports'>,
): Promise<void> {
  const { connection } = session
  const { options, scripts } = given
  const reader = new LiteralReader(connection, strangerLimits)
  const authenticator: SievePorts['authenticator'] = (where) => given.authenticator(where)
  const ports: SessionPorts = { options, scripts, authenticator, reader }
  const welcome = () => `${capabilities(start, connection, ports)}\r\n${replies.ready}`
  return converse(managesieve(ports, welcome()), {
    ...{ ...session, ports },
    secure: async (plain: Connection) => {
      await secure?.(plain)
      // RFC 5804 §2.2: what may be used now is said again, unasked.
      plain.say(`${welcome()}\r\n`)
    },
  })
}

function managesieve(
  { options, reader }: SessionPorts,
  greeting: Reply,
): Protocol<Phase, Reply, SessionPorts> {
  return {
    name: 'sieve',
    start: () => start,
    greeting,
    commands,
    limits: options,
    read: () => spokenBy(reader),
    format: (reply) => `${reply}\r\n`,
    answers: {
      unknown: replies.unknown,
      tooLong: replies.tooLong,
      timedOut: replies.timedOut,
      stopping: replies.stopping,
      tooManyErrors: replies.tooManyErrors,
      bug: replies.bug,
      outOfPhase: (_, phase) =>
        phase === 'stranger' ? replies.onlyAfterLogin : replies.onlyBeforeLogin,
      syntax: (why) => `NO ${quoted(why)}`,
      refused: ({ code }: Refused) => refusals[code],
    },
  }
}
