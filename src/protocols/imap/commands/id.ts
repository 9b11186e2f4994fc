// ID: RFC 2971. What clients say of themselves goes to the log, and changes nothing.
import { Syntax } from '../../../wire/protocol.ts'
import type { Cursor } from '../cursor.ts'
import { ok } from '../replies.ts'
import { anytime, command } from '../session.ts'

const fieldsMax = 30

export const id = command({
  name: 'ID',
  when: anytime,
  run: (_, cursor, { connection, ports }) => {
    cursor.space()
    const fields = fieldsIn(cursor)
    cursor.end()
    if (fields.length > 0) ports.log.info('client', { session: connection.id, fields })
    const { version } = ports.options
    connection.say(`* ID ("name" "Amplop" "version" "${version}")\r\n`)
    return { reply: ok('ID told') }
  },
})

/** RFC 2971 §3.3: pairs of a name and a value, or NIL for none. */
function fieldsIn(cursor: Cursor): string[] {
  if (cursor.next !== '(') {
    if (cursor.word() !== 'NIL') throw new Syntax('Expected a list or NIL')
    return []
  }
  const words = cursor.listOrNone(() => cursor.nstring())
  if (words.length % 2 !== 0 || words.length > 2 * fieldsMax)
    throw new Syntax('Expected names and values')
  return words.map((word) => (word ?? 'NIL').slice(0, 1024))
}
