// LANGUAGE: RFC 5255 §3.2. Which languages there are, or the first of those asked for.
import { no, ok } from '../replies.ts'
import { anytime, command } from '../session.ts'
import { languageFor, languages } from '../speech.ts'
import { namespaces } from './namespace.ts'

export const language = command({
  name: 'LANGUAGE',
  when: anytime,
  run: (phase, cursor, { connection, ports }) => {
    const ranges: string[] = []
    while (!cursor.atEnd) {
      cursor.space()
      ranges.push(cursor.astring('a language'))
    }
    if (ranges.length === 0) {
      connection.say(`* LANGUAGE (${languages.join(' ')})\r\n`)
      return { reply: ok('Languages told') }
    }
    const found = ranges.map(languageFor).find((each) => each !== undefined)
    if (!found) return { reply: no('CANNOT', 'No such language') }
    const { speech } = ports
    speech.language = found
    connection.say(`* LANGUAGE (${found})\r\n`)
    // §3.2: and what its namespaces are called then.
    if (phase.in !== 'stranger') connection.say(namespaces(speech))
    return { reply: ok('Now in this language') }
  },
})
