// BDAT: RFC 3030 §2. Every chunk is read to its end before it is answered, whatever the answer is:
// a message's text must never be heard as commands.
import type { Connection } from '../../../wire/connection.ts'
import { close, replyFor, toEach } from '../closing.ts'
import { type Chunk, chunk } from '../grammar.ts'
import { drainMaxBytes, IncomingText } from '../incoming-text.ts'
import { replies, type Said, type SmtpReply } from '../replies.ts'
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
    const text = begun(phase, connection, ports)
    if (text instanceof IncomingText) return await taken(phase as Greeted, part, text, ports)
    return await thrownAway({ phase, part, spoilt: text, options }, connection)
  },
})

/** What refused chunks are answered, those before the last and the last. */
interface Spoilt {
  readonly why: SmtpReply
  readonly last: Said
}

/** The text that this chunk belongs to, or why there can be none. */
function begun(phase: Phase, connection: Connection, ports: SmtpPorts): IncomingText | Spoilt {
  if (phase.in === 'connected') return always(replies.needGreeting)
  if (phase.in === 'ready') return always(replies.needMail)
  if (phase.in === 'spoilt') return phase
  if (phase.in === 'chunks') return phase.text
  const { mail, client } = phase
  const { face } = ports.options
  const missing = lacking(mail, ports.options)
  // RFC 2033 §4.3: nobody is there to be answered.
  if (missing) return { why: missing, last: face === 'lmtp' ? [] : missing }
  try {
    return new IncomingText({ ...mail, client }, connection, ports)
  } catch (error) {
    const why = replyFor(error)
    return { why, last: toEach(why, mail, face) }
  }
}

function always(why: SmtpReply): Spoilt {
  return { why, last: why }
}

async function taken(phase: Greeted, { size, last }: Chunk, text: IncomingText, ports: SmtpPorts) {
  if (text.beyond(size)) {
    text.abort()
    return endless
  }
  await text.readChunk(size, last)
  const { client, failures } = phase
  if (!last && !text.refusal)
    return { reply: replies.chunkOk, phase: { in: 'chunks', client, failures, text } } as const
  const blame = text.refusal !== undefined
  const why = await close(text, ports)
  const each = toEach(why, text.envelope, ports.options.face)
  if (last) return { reply: each, phase: ready(phase), blame, worth: 'done' } as const
  return { reply: why, phase: { in: 'spoilt', client, failures, why, last: each }, blame } as const
}

interface Refused {
  readonly phase: Phase
  readonly part: Chunk
  readonly spoilt: Spoilt
  readonly options: SmtpOptions
}

async function thrownAway({ phase, part, spoilt, options }: Refused, connection: Connection) {
  if (part.size > drainMaxBytes(options)) return endless
  const earnedMs = (part.size * 1000) / options.dataMinBytesPerSecond
  connection.deadline(performance.now() + options.commandTimeoutMs + earnedMs)
  for await (const _ of connection.inbox.exactly(part.size)) {
    // Thrown away.
  }
  connection.deadline(Number.POSITIVE_INFINITY)
  const reply = part.last ? spoilt.last : spoilt.why
  return { reply, phase: afterRefused(phase, part, spoilt), blame: true }
}

const endless = { reply: replies.chunkEndless, next: 'close' } as const

/** A transaction that lost a chunk is over with its last one, and nothing before that counts. */
function afterRefused(phase: Phase, part: Chunk, { why, last }: Spoilt): Phase {
  if (phase.in === 'connected' || phase.in === 'ready') return phase
  const { client, failures } = phase
  return part.last ? ready(phase) : { in: 'spoilt', client, failures, why, last }
}
