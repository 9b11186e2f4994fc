// EmailOrigin/get, of the vendor capability: how an email proved where it comes from, and why it
// was, or was not, taken for junk. Read from its trace, which may be gone before the email is.
import type { Trace } from '../../../delivery/types.ts'
import type { EmailObject } from '../../../mailbox/email-objects.ts'
import type { Digest } from '../../../message/digest.ts'
import { receivedId } from '../../../message/trace-fields.ts'
import type { Json } from '../args.ts'
import type { Method, Rooms } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { getArgs, picked } from '../objects.ts'

const properties = ['id', 'traceId', 'authentication', 'spam']
/** Each takes two questions to the store. */
const idsMax = 100

export const emailOriginGet: Method = {
  name: 'EmailOrigin/get',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const asked = getArgs(args, call, (name) => properties.includes(name))
    const { ids } = asked
    if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['ids'] })
    if (ids.length > idsMax) throw new MethodError('requestTooLarge')
    const wellFormed = ids.filter((id) => /^[0-9a-z]{1,40}$/.test(id))
    const emails = await call.rooms.emails.get(accountId, wellFormed)
    const found = new Map<string, Json>()
    for (const email of emails) {
      const origin = await originOf(call.rooms, accountId, email)
      if (origin) found.set(email.id, picked(origin, asked.properties))
    }
    const list = ids.flatMap((id) => found.get(id) ?? [])
    return { accountId, list, notFound: ids.filter((id) => !found.has(id)) }
  },
}

async function originOf(rooms: Rooms, account: string, email: EmailObject) {
  const traceId = receivedId(Buffer.from(email.prefix).toString('latin1'))
  const trace = traceId === undefined ? undefined : await rooms.traces.get(traceId)
  const { envelope } = JSON.parse(email.digest) as Digest
  // A trace of another message says nothing of this one.
  if (!trace || bare(trace.messageId) !== bare(envelope.messageId)) return undefined
  const spam = (await rooms.spamReasons(account, trace.id)) ?? null
  return { id: email.id, traceId: trace.id, authentication: authenticationOf(trace), spam }
}

function bare(messageId: string): string {
  return messageId.replace(/^<|>$/g, '')
}

function authenticationOf({ origin }: Trace): Json | null {
  if (!origin) return null
  const { spf, dkim, arc, dmarc } = origin
  return {
    spf: { result: spf.result, domain: spf.domain, why: spf.why },
    dkim: dkim.map(({ result, domain, why }) => ({ result, domain, why })),
    arc: { result: arc.result, domain: arc.sealers.at(-1) ?? '', why: arc.why },
    dmarc: { result: dmarc.result, domain: dmarc.from, policy: dmarc.policy, why: dmarc.why },
  }
}
