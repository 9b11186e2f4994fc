// AUTH: RFC 4954. The exchange is wire's, the accounts are asked by port.
import { Refused } from '../../../base/refused.ts'
import { exchange, type Mechanism, mechanisms } from '../../../wire/sasl.ts'
import { authArgument } from '../grammar.ts'
import { refusals, replies } from '../replies.ts'
import { word } from '../session.ts'
import { mayAuthenticate } from './hello.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

export const auth = word({
  name: 'AUTH',
  when: ['ready'],
  parse: authArgument,
  run: async (phase, { mechanism, initial }, ports, client) => {
    if (phase.client.login !== '') return { reply: replies.authAlready, blame: true }
    if (!mayAuthenticate(phase.client)) throw new Refused('needs-tls')
    if (!isMechanism(mechanism)) return { reply: replies.authUnknown, blame: true }
    const claim = await exchange(mechanism, initial, (challenge) => client.ask(`334 ${challenge}`))
    if (claim === 'cancelled') return { reply: replies.authCancelled }
    if (claim === 'malformed') return { reply: replies.authMalformed, blame: true }
    const { session, address, protocol } = phase.client
    const login = await ports.login(claim.name, claim.password, { session, address, protocol })
    if (login) {
      const known = { ...phase.client, login: login.address }
      return { reply: replies.authOk, phase: { ...phase, client: known } }
    }
    const failures = phase.failures + 1
    if (failures >= failuresMax) return { reply: replies.authTooOften, next: 'close' }
    const reply = refusals['wrong-credentials']
    return { reply, phase: { ...phase, failures }, blame: true }
  },
})

function isMechanism(name: string): name is Mechanism {
  return (mechanisms as readonly string[]).includes(name)
}
