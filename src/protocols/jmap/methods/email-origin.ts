// EmailOrigin/get, of the vendor capability: how an email proved where it comes from, and why it
// was, or was not, taken for junk. Read from its trace, which may be gone before the email is.
import type { Trace } from '../../../delivery/types.ts'
import type { EmailObject } from '../../../mailbox/email-objects.ts'
import { parseAddress } from '../../../message/address.ts'
import type { Digest } from '../../../message/digest.ts'
import { receivedId } from '../../../message/trace-fields.ts'
import type { Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { getArgs, picked } from '../objects.ts'

const properties = ['id', 'traceId', 'authentication', 'spam', 'journey']
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
      const origin = await originOf(call, accountId, email)
      if (origin) found.set(email.id, picked(origin, asked.properties))
    }
    const list = ids.flatMap((id) => found.get(id) ?? [])
    return { accountId, list, notFound: ids.filter((id) => !found.has(id)) }
  },
}

async function originOf(call: Call, account: string, email: EmailObject) {
  const { rooms } = call
  const traceId = receivedId(Buffer.from(email.prefix).toString('latin1'))
  const trace = traceId === undefined ? undefined : await rooms.traces.get(traceId)
  const { envelope } = JSON.parse(email.digest) as Digest
  // A trace of another message says nothing of this one.
  if (!trace || bare(trace.messageId) !== bare(envelope.messageId)) return undefined
  const spam = (await rooms.spamReasons(account, trace.id)) ?? null
  const journey = await journeyOf(call, trace)
  return { id: email.id, traceId: trace.id, authentication: authenticationOf(trace), spam, journey }
}

function bare(messageId: string): string {
  return messageId.replace(/^<|>$/g, '')
}

/** What was said when it came. Of other recipients nothing: some are not to be known (Bcc). */
async function journeyOf({ rooms, asker }: Call, trace: Trace): Promise<Json> {
  const { client, from, code, status, text, at, steps } = trace
  const mine = await Promise.all(
    trace.recipients.map(async (each) => {
      const address = parseAddress(each.address, { smtpUtf8: true })
      return address && (await rooms.delivery.members(address)).includes(asker.login.address)
    }),
  )
  const recipients = trace.recipients.filter((_, n) => mine[n])
  const others = trace.recipients.filter((_, n) => !mine[n]).map(({ address }) => address)
  const { protocol, address, hello, tls, login } = client
  return {
    ...{ at: new Date(at).toISOString(), protocol, address, hello, tls, login, from },
    recipients: recipients.map((each) => ({
      address: each.address,
      reply: `${each.code} ${each.status} ${each.text}`.trim(),
    })),
    reply: `${code} ${status} ${text}`.trim(),
    steps: steps.filter(({ said }) => !others.some((other) => said.includes(other))),
  }
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
