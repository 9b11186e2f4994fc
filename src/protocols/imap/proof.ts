// What LOGIN and AUTHENTICATE have in common: who has proved to be whom, and what then.
import type { Login } from '../../accounts/logins.ts'
import { Refused } from '../../base/refused.ts'
import type { Authenticator, SaslOutcome } from '../../wire/sasl-port.ts'
import { capabilities } from './capabilities.ts'
import { userLimits } from './reading.ts'
import { type ImapReply, ok, refusals, replies } from './replies.ts'
import {
  authenticatorFor,
  type Context,
  type ImapTurn,
  mechanismsFor,
  type Phase,
} from './session.ts'
import { User } from './user.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

type Stranger = Extract<Phase, { in: 'stranger' }>

/** @throws Refused 'needs-tls' where a password could be overheard */
export async function loggedInBy(
  phase: Stranger,
  { ports, connection }: Context,
  prove: (accounts: Authenticator<Login>) => Promise<SaslOutcome<Login>>,
): Promise<ImapTurn> {
  if (mechanismsFor(connection, ports).length === 0) throw new Refused('needs-tls')
  try {
    const outcome = await prove(authenticatorFor(connection, ports))
    if (outcome === 'cancelled') return { reply: replies.authCancelled }
    if (outcome === 'malformed') return { reply: replies.authMalformed, blame: true }
    if (outcome === 'wrong') return failed(phase, refusals['wrong-credentials'])
    ports.reader.limits = userLimits
    const can = capabilities('ready', connection, ports)
    const reply = ok('Logged in', `CAPABILITY ${can}`)
    return { reply, phase: { in: 'ready', user: new User(outcome.login) } }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    // RFC 5530 §3: it may be right, and cannot be found out now.
    const wrong = error.code === 'wrong-credentials'
    return failed(phase, wrong ? refusals[error.code] : replies.authLater)
  }
}

function failed(phase: Stranger, reply: ImapReply): ImapTurn {
  const failures = phase.failures + 1
  if (failures >= failuresMax) return { reply: replies.tooManyLogins, next: 'close' }
  return { reply, phase: { ...phase, failures }, blame: true }
}
