// ENABLE: RFC 5161. What is not known is passed over.
import { ok } from '../replies.ts'
import { command, loggedIn } from '../session.ts'
import { type Enableable, enableable } from '../user.ts'

export const enable = command({
  name: 'ENABLE',
  when: loggedIn,
  run: ({ user }, cursor, { connection }) => {
    const fresh: string[] = []
    do {
      cursor.space()
      const name = cursor.word('a capability')
      if (isEnableable(name) && user.enable(name)) fresh.push(name)
    } while (!cursor.atEnd)
    connection.say(`* ENABLED${fresh.map((name) => ` ${name}`).join('')}\r\n`)
    return { reply: ok('Enabled') }
  },
})

function isEnableable(name: string): name is Enableable {
  return (enableable as readonly string[]).includes(name)
}
