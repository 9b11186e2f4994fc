// AUTHENTICATE: RFC 9051 §6.2.2, with the initial response of RFC 4959. The exchange is wire's.
import { Refused } from '../../../base/refused.ts'
import { exchange, type Mechanism, mechanisms } from '../../../wire/sasl.ts'
import { proved } from '../proof.ts'
import { replies } from '../replies.ts'
import { command, mayLogIn } from '../session.ts'

export const authenticate = command({
  name: 'AUTHENTICATE',
  when: ['stranger'],
  run: async (phase, cursor, context) => {
    cursor.space()
    const mechanism = cursor.word('a mechanism')
    const initial = cursor.skip(' ') ? cursor.match(response)?.[0] : undefined
    cursor.end()
    if (!mayLogIn(context.connection)) throw new Refused('needs-tls')
    if (!isMechanism(mechanism)) return { reply: replies.authUnknown, blame: true }
    const claim = await exchange(mechanism, initial, (challenge) =>
      context.client.ask(`+ ${challenge}`),
    )
    if (claim === 'cancelled') return { reply: replies.authCancelled }
    if (claim === 'malformed') return { reply: replies.authMalformed, blame: true }
    return proved(phase, claim, context)
  },
})

const response = /[A-Za-z0-9+/=]+/y

function isMechanism(name: string): name is Mechanism {
  return (mechanisms as readonly string[]).includes(name)
}
