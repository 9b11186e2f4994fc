// LOGOUT: RFC 9051 §6.1.3.
import { formatReply, ok, replies } from '../replies.ts'
import { anytime, command } from '../session.ts'

export const logout = command({
  name: 'LOGOUT',
  when: anytime,
  run: (phase, cursor, { connection }) => {
    cursor.end()
    connection.say(formatReply(replies.bye, ''))
    return { reply: ok('Logged out'), phase, next: 'close' }
  },
})
