// ENABLE: RFC 5161. What is not known is passed over.
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import { enableable } from '../user.ts'

export const enable = command({
  name: 'ENABLE',
  when: loggedIn,
  run: ({ user }, cursor, { connection }) => {
    const fresh: string[] = []
    do {
      cursor.space()
      const name = cursor.word('a capability')
      const known = enableable.find((each) => each.toUpperCase() === name)
      if (known && user.enable(known)) fresh.push(known)
    } while (!cursor.atEnd)
    connection.say(`* ENABLED${fresh.map((name) => ` ${name}`).join('')}\r\n`)
    return { reply: ok('Enabled') }
  },
})
