// What a maildrop holds, and taking messages out of it: RFC 1939 §5, §6.
import type { Client } from '../../../wire/protocol.ts'
import { nothing, number, numberOrAll } from '../grammar.ts'
import type { OpenDrop } from '../open-drop.ts'
import { drained } from '../pace.ts'
import { replies } from '../replies.ts'
import { word } from '../session.ts'

export const stat = word({
  name: 'STAT',
  when: ['drop'],
  parse: nothing,
  run: ({ drop }) => ({ reply: `+OK ${drop.count} ${drop.bytes}` }),
})

export const list = word({
  name: 'LIST',
  when: ['drop'],
  parse: numberOrAll,
  run: ({ drop }, given, { options }, client) =>
    listing(drop, given, (n) => drop.size(n), { client, ...options }),
})

export const uidl = word({
  name: 'UIDL',
  when: ['drop'],
  parse: numberOrAll,
  run: ({ drop }, given, { options }, client) =>
    listing(drop, given, (n) => drop.uniqueId(n), { client, ...options }),
})

export const dele = word({
  name: 'DELE',
  when: ['drop'],
  parse: number,
  run: ({ drop }, given) => {
    const wrong = missing(drop, given)
    if (wrong !== undefined) return { reply: wrong }
    drop.delete(given)
    return { reply: replies.deleted }
  },
})

export const rset = word({
  name: 'RSET',
  when: ['drop'],
  parse: nothing,
  run: ({ drop }) => {
    drop.reset()
    return { reply: replies.reset }
  },
})

/** Why there is no such message; undefined when there is. */
export function missing(drop: OpenDrop, given: number): string | undefined {
  if (!drop.has(given)) return replies.noMessage
  return drop.isDeleted(given) ? replies.deletedAlready : undefined
}

interface To {
  readonly client: Client
  readonly commandTimeoutMs: number
}

/** Lines that are said together: 20,000 messages are not to be held as one text. */
const linesAtOnce = 1_000

async function listing(
  drop: OpenDrop,
  given: number | undefined,
  tell: (number: number) => string | number,
  { client, commandTimeoutMs }: To,
): Promise<{ reply?: string }> {
  if (given !== undefined) {
    const reply = missing(drop, given) ?? `+OK ${given} ${tell(given)}`
    return { reply }
  }
  const { connection } = client
  connection.say(`${replies.listing}\r\n`)
  for (let from = 1; from <= drop.numberMax; from += linesAtOnce) {
    let lines = ''
    const to = Math.min(from + linesAtOnce - 1, drop.numberMax)
    for (let n = from; n <= to; n++) if (!drop.isDeleted(n)) lines += `${n} ${tell(n)}\r\n`
    connection.say(lines)
    await drained(connection, commandTimeoutMs)
  }
  return { reply: '.' }
}
