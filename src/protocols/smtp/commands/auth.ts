// AUTH: RFC 4954. The exchange is wire's, the accounts are asked by port.
import { Refused } from '../../../base/refused.ts'
import type { Reply } from '../../../base/reply.ts'
import { authenticate, offered } from '../../../wire/sasl.ts'
import { authArgument } from '../grammar.ts'
import { refusals, replies } from '../replies.ts'
import { channelOf, type Phase, unlessObjected, word } from '../session.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

export const auth = word({
  name: 'AUTH',
  when: ['ready'],
  parse: authArgument,
  run: async (phase, { mechanism, initial }, ports, client) => {
    const { connection } = client
    if (phase.client.login !== '') return { reply: replies.authAlready, blame: true }
    const { session, address, protocol } = phase.client
    const channel = channelOf(phase.client, connection)
    const accounts = ports.authenticator({ session, address, protocol })
    const mechanisms = offered(channel, accounts.offers)
    if (mechanisms.length === 0) throw new Refused('needs-tls')
    if (!mechanisms.includes(mechanism)) return { reply: replies.authUnknown, blame: true }
    const exchange = { initial, ask: (challenge: string) => client.ask(`334 ${challenge}`) }
    try {
      const outcome = await authenticate(mechanism, exchange, channel, accounts)
      if (outcome === 'cancelled') return { reply: replies.authCancelled }
      if (outcome === 'malformed') return { reply: replies.authMalformed, blame: true }
      if (outcome === 'wrong') return failed(phase, refusals['wrong-credentials'])
      const known = { ...phase.client, login: outcome.login.address }
      const turn = { reply: replies.authOk, phase: { ...phase, client: known } }
      return await unlessObjected(ports, { at: 'auth', client: known }, () => turn)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      if (error.code === 'wrong-credentials') return failed(phase, refusals[error.code])
      // RFC 4954 §6: it may be right, and cannot be found out now.
      return failed(phase, replies.authLater)
    }
  },
})

type Ready = Extract<Phase, { in: 'ready' }>

function failed(phase: Ready, reply: Reply) {
  const failures = phase.failures + 1
  if (failures >= failuresMax) return { reply: replies.authTooOften, next: 'close' as const }
  return { reply, phase: { ...phase, failures }, blame: true }
}
