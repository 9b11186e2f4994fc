// UNAUTHENTICATE: RFC 8437 §2. Whoever speaks next is a stranger; nothing was agreed upon.
import { strangerLimits } from '../reading.ts'
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const unauthenticate = command({
  name: 'UNAUTHENTICATE',
  when: loggedIn,
  run: (_, cursor, { ports }) => {
    cursor.end()
    ports.reader.limits = strangerLimits
    ports.speech.language = 'i-default'
    return { reply: ok('Log in again'), phase: { in: 'stranger', failures: 0 } }
  },
})
