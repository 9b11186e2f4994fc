// STARTTLS: RFC 9051 §6.2.1. Nothing that was said before the handshake counts after it.
import { replies } from '../replies.ts'
import { command } from '../session.ts'

export const starttls = command({
  name: 'STARTTLS',
  when: ['stranger'],
  run: (phase, cursor, { connection, ports }) => {
    cursor.end()
    if (connection.tls !== '') return { reply: replies.tlsAlready, blame: true }
    if (!ports.options.starttls) return { reply: replies.tlsNot }
    return { reply: replies.tlsReady, phase, next: 'starttls' }
  },
})
