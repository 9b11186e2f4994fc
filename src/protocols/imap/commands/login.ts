// LOGIN: RFC 9051 §6.2.3.
import { loggedInBy } from '../proof.ts'
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
    return loggedInBy(phase, context, async (accounts) => {
      const who = await accounts.password(name, password)
      return who ? { login: who } : 'wrong'
    })
  },
})
