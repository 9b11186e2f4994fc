// How a session gets its maildrop: USER and PASS (RFC 1939 §7), AUTH (RFC 5034 §4) and STLS
// (RFC 2595 §4).
import type { Login } from '../../../accounts/logins.ts'
import { Refused } from '../../../base/refused.ts'
import type { Connection } from '../../../wire/connection.ts'
import type { Turn } from '../../../wire/protocol.ts'
import { authenticate, provedOrLater } from '../../../wire/sasl.ts'
import type { Authenticator, SaslOutcome } from '../../../wire/sasl-port.ts'
import { authArgument, nothing, text } from '../grammar.ts'
import { OpenDrop } from '../open-drop.ts'
import { refusals, replies } from '../replies.ts'
import {
  authenticatorFor,
  mechanismsFor,
  type Phase,
  type Pop3Ports,
  type Pop3Reply,
  start,
  word,
} from '../session.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

type Open = Extract<Phase, { in: 'open' }>
type Outcome = Turn<Phase, Pop3Reply>

export const user = word({
  name: 'USER',
  when: ['open'],
  parse: text,
  run: (phase, name, ports, { connection }) => {
    if (mechanismsFor(connection, ports).length === 0) throw new Refused('needs-tls')
    // Whether there is such a user is not told.
    return { reply: replies.userOk, phase: { ...phase, user: name } }
  },
})

export const pass = word({
  name: 'PASS',
  when: ['open'],
  parse: text,
  run: (phase, password, ports, { connection }) => {
    if (mechanismsFor(connection, ports).length === 0) throw new Refused('needs-tls')
    if (phase.user === '') return { reply: replies.needUser, blame: true }
    return enter(phase, ports, connection, async (accounts) => {
      const login = await accounts.password(phase.user, password)
      return login ? { login } : 'wrong'
    })
  },
})

export const auth = word({
  name: 'AUTH',
  when: ['open'],
  parse: authArgument,
  run: (phase, { mechanism, initial }, ports, client) => {
    const { connection } = client
    const mechanisms = mechanismsFor(connection, ports)
    if (mechanism === '') {
      for (const line of [replies.mechanisms, ...mechanisms, '.']) connection.say(`${line}\r\n`)
      return {}
    }
    if (mechanisms.length === 0) throw new Refused('needs-tls')
    if (!mechanisms.includes(mechanism)) return { reply: replies.authUnknown, blame: true }
    const exchange = { initial, ask: (challenge: string) => client.ask(`+ ${challenge}`) }
    return enter(phase, ports, connection, (accounts) =>
      authenticate(mechanism, exchange, connection, accounts),
    )
  },
})

export const stls = word({
  name: 'STLS',
  when: ['open'],
  parse: nothing,
  run: (_phase, _args, _ports, { connection }) => {
    if (connection.tls !== '') return { reply: replies.tlsAlready, blame: true }
    // RFC 2595 §4: nothing said before counts.
    return { reply: replies.tlsReady, phase: start, next: 'starttls' }
  },
})

async function enter(
  phase: Open,
  ports: Pop3Ports,
  connection: Connection,
  prove: (accounts: Authenticator<Login>) => Promise<SaslOutcome<Login>>,
): Promise<Outcome> {
  const outcome = await provedOrLater(prove(authenticatorFor(connection, ports)))
  if (outcome === 'cancelled') return { reply: replies.authCancelled }
  if (outcome === 'malformed') return { reply: replies.authMalformed, blame: true }
  if (typeof outcome === 'object') return open(phase, outcome.login, ports, connection)
  const failures = phase.failures + 1
  if (failures >= failuresMax) return { reply: replies.authTooOften, next: 'close' }
  const reply = outcome === 'later' ? replies.authLater : refusals['wrong-credentials']
  return { reply, phase: { in: 'open', user: '', failures }, blame: true }
}

/** The maildrop of who has proved to be its owner. */
async function open(
  phase: Open,
  { account, address }: Login,
  { options, inUse, maildrops }: Pop3Ports,
  connection: Connection,
): Promise<Outcome> {
  const again: Phase = { ...phase, user: '' }
  if (options.exclusive && !inUse.enter(account)) return { reply: replies.inUse, phase: again }
  const release = options.exclusive ? once(() => inUse.leave(account)) : () => {}
  try {
    const drop = inUse.mayLogIn(account, options.loginDelayMs)
      ? await maildrops.open(account)
      : 'too soon'
    if (drop === 'too soon') {
      release()
      return { reply: replies.loginDelay, phase: again }
    }
    if (!drop) throw new Refused('not-found', `INBOX of ${account}`)
    const opened = new OpenDrop(maildrops, drop, release)
    void connection.gone.then(() => opened.release())
    const reply = `+OK ${opened.count} messages (${opened.bytes} octets)`
    return { reply, phase: { in: 'drop', drop: opened, address } }
  } catch (error) {
    release()
    throw error
  }
}

/** `work` at most once: another session may have come in meanwhile. */
function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}
