// STARTTLS: RFC 3207. After the handshake nothing said before it counts (§4.2).
import { nothing } from '../grammar.ts'
import { replies } from '../replies.ts'
import { word } from '../session.ts'

export const starttls = word({
  name: 'STARTTLS',
  when: ['connected', 'ready'],
  parse: nothing,
  run: (phase, _, { options }, { connection }) => {
    if (connection.tls !== '') return { reply: replies.tlsAlready, blame: true }
    if (!options.starttls) return { reply: replies.tlsNot }
    const session = phase.in === 'connected' ? phase.session : phase.client.session
    return { reply: replies.tlsReady, phase: { in: 'connected', session }, next: 'starttls' }
  },
})
