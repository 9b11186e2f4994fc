// The end of a message's text: it is filed or refused, and what is said for it, to whom and where.
import { replyTo } from '../../base/refusal-replies.ts'
import { Refused } from '../../base/refused.ts'
import { type Reply, replyLine } from '../../base/reply.ts'
import type { Envelope } from '../../delivery/types.ts'
import { formatAddress } from '../../message/address.ts'
import type { IncomingText } from './incoming-text.ts'
import { replies, type Said } from './replies.ts'
import type { SmtpOptions, SmtpPorts } from './session.ts'

/** Files what has come, or says why not. 250 is said when it is all on disk, not before. */
export async function close(text: IncomingText, ports: SmtpPorts): Promise<Reply> {
  const { envelope } = text
  try {
    if (text.refusal) throw text.refusal
    const trace = await text.finish()
    ports.log.info('accepted', { ...about(envelope), size: trace.size, ms: since(envelope) })
    return { ...replies.ok, text: `OK: queued as ${envelope.id}` }
  } catch (error) {
    text.abort()
    const reply = replyFor(error)
    const known = reply !== replies.bug
    ports.log[known ? 'info' : 'error']('refused', { ...about(envelope), reply, error })
    const filter = error instanceof Refused ? error.filter : undefined
    if (filter?.kept === undefined) await record(envelope, reply, ports, filter?.by)
    return reply
  }
}

/** RFC 2033 §4.2: in LMTP each recipient that was accepted hears for itself. */
export function toEach(reply: Reply, { recipients }: Addressed, face: SmtpOptions['face']): Said {
  if (face !== 'lmtp') return reply
  return recipients.map(({ address }) => ({
    ...reply,
    text: `<${formatAddress(address)}> ${reply.text}`,
  }))
}

type Addressed = Pick<Envelope, 'recipients'>

/** What a refusal sounds like; anything unforeseen is a temporary failure. */
export function replyFor(error: unknown): Reply {
  if (error instanceof Refused) return replyTo(error)
  return isReply(error) ? error : replies.bug
}

function isReply(thing: unknown): thing is Reply {
  return !(thing instanceof Error) && typeof thing === 'object' && thing !== null && 'code' in thing
}

/** The fields of a log line that answer "who sent what to whom, and when". */
function about({ id, client, from, recipients }: Envelope) {
  return {
    session: client.session,
    message: id,
    client: client.address,
    account: client.login,
    from: from ? formatAddress(from) : '',
    to: recipients.map(({ address }) => formatAddress(address)),
  }
}

function since({ began }: Envelope): number {
  return Math.round((performance.now() - began) * 10) / 10
}

async function record(
  envelope: Envelope,
  reply: Reply,
  { delivery }: SmtpPorts,
  by: string | undefined,
): Promise<void> {
  const { client, from, recipients, began } = envelope
  const ms = since(envelope)
  await delivery.refused({
    client,
    from: from ? formatAddress(from) : '',
    recipients: recipients.map(({ address }) => ({
      ...reply,
      address: formatAddress(address),
      place: '',
    })),
    subject: '',
    text: '',
    messageId: '',
    began,
    steps: [
      ...(by ? [{ step: 'filtered', ms, ok: false, said: by } as const] : []),
      { step: 'code', ms, ok: false, said: replyLine(reply) },
    ],
    board: '',
  })
}
