// How a session begins to be somebody's: AUTHENTICATE, STARTTLS, UNAUTHENTICATE (RFC 5804 §2.1,
// §2.2, §2.14).
import { Refused } from '../../../base/refused.ts'
import { Gone } from '../../../wire/inbox.ts'
import type { Client, Turn } from '../../../wire/protocol.ts'
import { authenticate as prove, provedOrLater } from '../../../wire/sasl.ts'
import { nothing, quoted, strings, userLimits } from '../grammar.ts'
import { refusals, replies } from '../replies.ts'
import {
  authenticatorFor,
  forget,
  mechanismsFor,
  type Phase,
  type Reply,
  type SessionPorts,
  word,
} from '../session.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

export const authenticate = word({
  name: 'AUTHENTICATE',
  when: ['stranger'],
  parse: (said) => strings(said, 1, 2),
  run: async (phase, [name = '', initial], ports, client): Promise<Turn<Phase, Reply>> => {
    const { connection } = client
    const mechanisms = mechanismsFor(connection, ports)
    if (mechanisms.length === 0) throw new Refused('needs-tls')
    const mechanism = name.toUpperCase()
    if (!mechanisms.includes(mechanism)) return { reply: replies.authUnknown, blame: true }
    const exchange = {
      // RFC 5804 §2.1: an empty first response is the string "".
      initial: initial === '' ? '=' : initial,
      ask: (challenge: string) => answer(challenge, ports, client),
    }
    const accounts = authenticatorFor(connection, ports)
    const outcome = await provedOrLater(prove(mechanism, exchange, connection, accounts))
    if (outcome === 'cancelled') return { reply: replies.authCancelled }
    if (outcome === 'malformed') return { reply: replies.authMalformed, blame: true }
    if (typeof outcome === 'object') {
      const { account, address } = outcome.login
      ports.reader.limits = userLimits
      return { reply: replies.loggedIn, phase: { in: 'user', account, address } }
    }
    const failures = phase.failures + 1
    if (failures >= failuresMax) return { reply: replies.authTooOften, next: 'close' }
    const reply = outcome === 'later' ? replies.authLater : refusals['wrong-credentials']
    return { reply, phase: { in: 'stranger', failures }, blame: true }
  },
})

/** One more step of an exchange: a string each way. */
async function answer(challenge: string, ports: SessionPorts, client: Client): Promise<string> {
  const { connection } = client
  await client.prompt(quoted(challenge))
  connection.deadline(performance.now() + ports.options.commandTimeoutMs)
  const heard = await ports.reader.read(() => false)
  connection.deadline(Number.POSITIVE_INFINITY)
  if (heard === undefined) throw new Gone()
  return heard.fault === undefined ? (strings(heard.pieces, 1)[0] ?? '') : '!'
}

export const starttls = word({
  name: 'STARTTLS',
  when: ['stranger'],
  parse: nothing,
  run: (_, _args, { reader }, { connection }) => {
    if (connection.tls !== '') return { reply: replies.tlsAlready, blame: true }
    return { reply: replies.beginTls, phase: forget(reader), next: 'starttls' }
  },
})

export const unauthenticate = word({
  name: 'UNAUTHENTICATE',
  when: ['user'],
  parse: nothing,
  run: (_, _args, { reader }) => ({ reply: replies.loggedOut, phase: forget(reader) }),
})
