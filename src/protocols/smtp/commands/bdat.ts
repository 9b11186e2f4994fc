// BDAT: RFC 3030 §2. Every chunk is read to its end before it is answered, whatever the answer is:
// a message's text must never be heard as commands.
import type { Connection } from '../../../wire/connection.ts'
import { close, replyFor } from '../closing.ts'
import { type Chunk, chunk } from '../grammar.ts'
import { drainMaxBytes, IncomingText } from '../incoming-text.ts'
import { replies, type SmtpReply } from '../replies.ts'
import {
  anytime,
  type Greeted,
  type Phase,
  ready,
  type SmtpOptions,
  type SmtpPorts,
  word,
} from '../session.ts'
import { lacking } from './data.ts'

export const bdat = word({
  name: 'BDAT',
  when: anytime,
  parse: chunk,
  run: async (phase, part, ports, { connection }) => {
    if (!part) return { reply: replies.chunkMalformed, next: 'close' }
    const { options } = ports
    const refused = (why: SmtpReply) => thrownAway({ phase, part, why, options }, connection)
    if (phase.in === 'connected') return await refused(replies.needGreeting)
    const text = begun(phase, connection, ports)
    return text instanceof IncomingText ? await taken(phase, part, text, ports) : refused(text)
  },
})

/** The text that this chunk belongs to, or why there can be none. */
function begun(phase: Greeted, connection: Connection, ports: SmtpPorts): IncomingText | SmtpReply {
  if (phase.in === 'ready') return replies.needMail
  if (phase.in === 'spoilt') return phase.why
  if (phase.in === 'chunks') return phase.text
  const missing = lacking(phase.mail)
  if (missing) return missing
  try {
    return new IncomingText({ ...phase.mail, client: phase.client }, connection, ports)
  } catch (error) {
    return replyFor(error)
  }
}

async function taken(phase: Greeted, { size, last }: Chunk, text: IncomingText, ports: SmtpPorts) {
  if (text.beyond(size)) {
    text.abort()
    return endless
  }
  await text.readChunk(size, last)
  if (!last && !text.refusal) {
    const { client, failures } = phase
    return { reply: replies.chunkOk, phase: { in: 'chunks', client, failures, text } } as const
  }
  const blame = text.refusal !== undefined
  const reply = await close(text, ports)
  return { reply, phase: last ? ready(phase) : spoilt(phase, reply), blame }
}

interface Refused {
  readonly phase: Phase
  readonly part: Chunk
  readonly why: SmtpReply
  readonly options: SmtpOptions
}

async function thrownAway({ phase, part, why, options }: Refused, connection: Connection) {
  if (part.size > drainMaxBytes(options)) return endless
  const earnedMs = (part.size * 1000) / options.dataMinBytesPerSecond
  connection.deadline(performance.now() + options.commandTimeoutMs + earnedMs)
  for await (const _ of connection.inbox.exactly(part.size)) {
    // Thrown away.
  }
  connection.deadline(Number.POSITIVE_INFINITY)
  return { reply: why, phase: afterRefused(phase, part, why), blame: true }
}

const endless = { reply: replies.chunkEndless, next: 'close' } as const

/** A transaction that lost a chunk is over with its last one, and nothing before that counts. */
function afterRefused(phase: Phase, { last }: Chunk, why: SmtpReply): Phase {
  if (phase.in === 'connected' || phase.in === 'ready') return phase
  return last ? ready(phase) : spoilt(phase, why)
}

function spoilt({ client, failures }: Greeted, why: SmtpReply): Phase {
  return { in: 'spoilt', client, failures, why }
}
