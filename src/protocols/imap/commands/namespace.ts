// NAMESPACE: RFC 9051 §6.3.10. Everybody's own mailboxes, "/" between their levels.
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const namespace = command({
  name: 'NAMESPACE',
  when: loggedIn,
  run: (_, cursor, { connection }) => {
    cursor.end()
    connection.say('* NAMESPACE (("" "/")) NIL NIL\r\n')
    return { reply: ok('Namespaces told') }
  },
})
