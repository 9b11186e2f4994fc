// RETR (RFC 1939 §5) and TOP (§7): the bytes of a message, at the pace of the client.
import type { Connection } from '../../../wire/connection.ts'
import type { Turn } from '../../../wire/protocol.ts'
import { DotText, TopOfText } from '../dot-text.ts'
import { number, numberAndLines } from '../grammar.ts'
import type { OpenDrop } from '../open-drop.ts'
import { drained } from '../pace.ts'
import { replies } from '../replies.ts'
import { type Phase, type Pop3Reply, word } from '../session.ts'
import { missing } from './drop.ts'

export const retr = word({
  name: 'RETR',
  when: ['drop'],
  parse: number,
  run: ({ drop }, given, { options }, { connection }) => {
    const head = `+OK ${drop.size(given)} octets\r\n`
    return tell(drop, { given, head, top: undefined }, connection, options.commandTimeoutMs)
  },
})

export const top = word({
  name: 'TOP',
  when: ['drop'],
  parse: numberAndLines,
  run: ({ drop }, { number: given, lines }, { options }, { connection }) => {
    const order = { given, head: `${replies.top}\r\n`, top: new TopOfText(lines) }
    return tell(drop, order, connection, options.commandTimeoutMs)
  },
})

interface Order {
  readonly given: number
  readonly head: string
  /** undefined for the whole text. */
  readonly top: TopOfText | undefined
}

async function tell(
  drop: OpenDrop,
  { given, head, top }: Order,
  connection: Connection,
  timeoutMs: number,
): Promise<Turn<Phase, Pop3Reply>> {
  const wrong = missing(drop, given)
  if (wrong !== undefined) return { reply: wrong }
  const parts = await drop.body(given)
  if (!parts) return { reply: replies.goneMeanwhile }
  const say = (piece: Uint8Array | string) => connection.say(piece)
  const text = new DotText()
  connection.say(head)
  try {
    for await (const part of parts) {
      const taken = top?.take(part) ?? part.length
      text.add(taken === part.length ? part : part.subarray(0, taken), say)
      if (taken < part.length) break
      await drained(connection, timeoutMs)
    }
  } catch (error) {
    // Half a message must not look like a whole one.
    connection.destroy()
    throw error
  }
  connection.say(text.end)
  return {}
}
