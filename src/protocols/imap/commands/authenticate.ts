// AUTHENTICATE: RFC 9051 §6.2.2, with the initial response of RFC 4959. The exchange is wire's.
import { authenticate as lead } from '../../../wire/sasl.ts'
import { loggedInBy } from '../proof.ts'
import { replies } from '../replies.ts'
import { command, mechanismsFor } from '../session.ts'

export const authenticate = command({
  name: 'AUTHENTICATE',
  when: ['stranger'],
  run: (phase, cursor, context) => {
    const { connection, client, ports } = context
    cursor.space()
    const mechanism = cursor.word('a mechanism')
    const initial = cursor.skip(' ') ? cursor.match(response)?.[0] : undefined
    cursor.end()
    const mechanisms = mechanismsFor(connection, ports)
    if (mechanisms.length > 0 && !mechanisms.includes(mechanism))
      return { reply: replies.authUnknown, blame: true }
    const exchange = { initial, ask: (challenge: string) => client.ask(`+ ${challenge}`) }
    return loggedInBy(phase, context, (accounts) => lead(mechanism, exchange, connection, accounts))
  },
})

const response = /[A-Za-z0-9+/=]+/y
