// LOGIN: RFC 9051 §6.2.3.
import { proved } from '../proof.ts'
import { command } from '../session.ts'

export const login = command({
  name: 'LOGIN',
  when: ['stranger'],
  run: (phase, cursor, context) => {
    cursor.space()
    const name = cursor.astring('a name')
    cursor.space()
    const password = cursor.astring('a password')
    cursor.end()
    return proved(phase, { name, password }, context)
  },
})
