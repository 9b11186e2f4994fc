// GETJMAPACCESS: RFC 9698 §3. Where the same mail, and the same login, are to be had by JMAP. Only
// where that is so: elsewhere the command is as unknown as any other.
import { ok, replies } from '../replies.ts'
import { command, loggedIn } from '../session.ts'

export const getJmapAccess = command({
  name: 'GETJMAPACCESS',
  when: loggedIn,
  run: (_, cursor, { connection, ports }) => {
    const { jmapUrl } = ports.options
    if (jmapUrl === '') return { reply: replies.unknown, blame: true }
    cursor.end()
    connection.say(`* JMAPACCESS "${jmapUrl}"\r\n`)
    return { reply: ok('Address told') }
  },
})
