// NAMESPACE: RFC 9051 §6.3.10. One's own mailboxes, those of others, "/" between their levels.
import { sharedPrefix } from '../reach.ts'
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import type { Speech } from '../speech.ts'

export const namespace = command({
  name: 'NAMESPACE',
  when: loggedIn,
  run: (_, cursor, { connection, ports }) => {
    cursor.end()
    connection.say(namespaces(ports.speech))
    return { reply: ok('Namespaces told') }
  },
})

export function namespaces({ sharedTranslation }: Speech): string {
  return `* NAMESPACE (("" "/")) (("${sharedPrefix}" "/"${sharedTranslation})) NIL\r\n`
}
