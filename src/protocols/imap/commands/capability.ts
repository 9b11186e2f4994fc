// CAPABILITY: RFC 9051 §6.1.1.
import { capabilities } from '../capabilities.ts'
import { ok } from '../replies.ts'
import { anytime, command } from '../session.ts'

export const capability = command({
  name: 'CAPABILITY',
  when: anytime,
  run: (phase, cursor, { connection, ports }) => {
    cursor.end()
    connection.say(`* CAPABILITY ${capabilities(phase.in, connection, ports)}\r\n`)
    return { reply: ok('Capabilities told') }
  },
})
