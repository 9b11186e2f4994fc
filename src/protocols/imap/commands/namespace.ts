// NAMESPACE: RFC 9051 §6.3.10. One's own mailboxes, those of others, "/" between their levels.
import { sharedPrefix } from '../reach.ts'
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const namespace = command({
  name: 'NAMESPACE',
  when: loggedIn,
  run: (_, cursor, { connection }) => {
    cursor.end()
    connection.say(`* NAMESPACE (("" "/")) (("${sharedPrefix}" "/")) NIL\r\n`)
    return { reply: ok('Namespaces told') }
  },
})
