// Sends mail of bots into the try-out, by SMTP as any stranger does. It dials from a loopback
// address that nobody else uses, and names the stranger's own by XCLIENT.
import { connect } from 'node:net'
import { Talk } from './talk.ts'

export interface Call {
  /** Of the stranger: "198.51.100.7". */
  readonly address: string
  readonly hello: string
  readonly from: string
  readonly to: string
  /** Latin-1, with CRLF; the last one is there. */
  readonly text: string
}

/** From here XCLIENT is believed: only the bots dial from it. */
export const callerAddress = '127.0.0.2'

const lineMax = 4_096
const silenceMs = 30_000

/** The last reply. @throws Error when the connection ends before it */
export async function call(
  port: number,
  { address, hello, from, to, text }: Call,
): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, localAddress: callerAddress })
  socket.setTimeout(silenceMs, () => socket.destroy())
  const talk = new Talk(socket)
  const stuffed = text.replaceAll(/^\./gm, '..')
  const steps = [
    `EHLO ${hello}`,
    `XCLIENT ADDR=${address}`,
    `EHLO ${hello}`,
    `MAIL FROM:<${from}>`,
    `RCPT TO:<${to}>`,
    'DATA',
    `${stuffed}.`,
  ]
  try {
    let said = await reply(talk)
    for (const step of steps) {
      if (!/^[23]/.test(said)) break
      talk.say(step)
      said = await reply(talk)
    }
    talk.say('QUIT')
    return said
  } finally {
    talk.end()
  }
}

async function reply(talk: Talk): Promise<string> {
  for (;;) {
    const line = await talk.line(lineMax)
    if (line === undefined) throw new Error('the connection ended before the reply')
    if (line[3] !== '-') return line
  }
}
