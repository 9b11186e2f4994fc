// A name and a password, from LOGIN or AUTHENTICATE: whether they fit, and what then.
import { Refused } from '../../base/refused.ts'
import type { Claim } from '../../wire/sasl.ts'
import { capabilities } from './capabilities.ts'
import { userLimits } from './reading.ts'
import { ok, refusals, replies } from './replies.ts'
import { type Context, type ImapTurn, mayLogIn, type Phase } from './session.ts'
import { User } from './user.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

/** @throws Refused 'needs-tls' where the password could be overheard */
export async function proved(
  { failures }: Extract<Phase, { in: 'stranger' }>,
  { name, password }: Claim,
  { ports, connection }: Context,
): Promise<ImapTurn> {
  if (!mayLogIn(connection)) throw new Refused('needs-tls')
  const { id: session, address } = connection
  const login = await ports.login(name, password, { session, address, protocol: 'imap' })
  if (login) {
    ports.reader.limits = userLimits
    const can = capabilities('ready', connection, ports.options)
    const reply = ok('Logged in', `CAPABILITY ${can}`)
    return { reply, phase: { in: 'ready', user: new User(login) } }
  }
  if (failures + 1 >= failuresMax) return { reply: replies.tooManyLogins, next: 'close' }
  const phase = { in: 'stranger', failures: failures + 1 } as const
  return { reply: refusals['wrong-credentials'], phase, blame: true }
}
