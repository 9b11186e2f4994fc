// Mail on its way, for who administers the server: the queue, and what became of each message.
import type { RecipientTrace, Trace } from '../../../delivery/types.ts'
import type { QueueEntry } from '../../../queue/book.ts'
import type { Json } from '../args.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError } from '../errors.ts'
import type { AdminType, Asked } from './admin-type.ts'
import type { AdminQueueItem, AdminTrace } from './types.ts'

const listMax = '500'

function itemOf(entry: QueueEntry): Json {
  const { id, message, state, destination, sender, recipients, size, attempts, last } = entry
  return {
    ...{ id, traceId: message, state, destination, sender, size, attempts, last },
    recipients: recipients.map(({ address }) => address),
    enteredAt: utc(entry.entered),
    nextAt: entry.next === 0 ? null : utc(entry.next),
  } satisfies AdminQueueItem
}

export const queueItemType: AdminType = {
  name: 'QueueItem',
  properties: [
    ...['id', 'traceId', 'state', 'destination', 'sender', 'recipients', 'size', 'enteredAt'],
    ...['attempts', 'nextAt', 'last'],
  ],
  searched: ['destination', 'sender', 'recipients', 'last'],
  list: async ({ read }) => {
    const page = (await read('/queue', { limit: listMax })) as { entries: readonly QueueEntry[] }
    return page.entries.map(itemOf)
  },
  find: async (id, { read }) => {
    const found = (await read(`/queue/${id}`)) as { entries: readonly QueueEntry[] } | undefined
    const entry = found?.entries.find((each) => each.id === id)
    return entry && itemOf(entry)
  },
  /** `{"order": "retry" | "hold" | "release"}` */
  update: async ({ id }, { order, ...more }, { change }) => {
    const known = order === 'retry' || order === 'hold' || order === 'release'
    if (!known || Object.keys(more).length > 0) throw invalidProperties(['order'])
    await change('POST', '/queue', { order, id })
    return null
  },
  destroy: async ({ id }, { change }) =>
    void (await change('POST', '/queue', { order: 'cancel', id })),
}

function traceOf(trace: Trace): Json {
  const { id, from, subject, messageId, size, client, code, status, text } = trace
  return {
    ...{ id, at: utc(trace.at), from, subject, messageId, size, isAccepted: trace.accepted },
    ...{ protocol: client.protocol, client: client.address, tls: client.tls, login: client.login },
    reply: replyOf(code, status, text),
    recipients: trace.recipients.map(recipientOf),
    steps: trace.steps.map(({ step, ms, ok, said }) => ({ step, ms, ok, said })),
    attempts: (trace.attempts ?? []).map(({ at, destination, failure, next, recipients }) => ({
      ...{ at: utc(at), destination, nextAt: next === 0 ? null : utc(next) },
      text: failure === '' ? recipients.map(({ text: said }) => said).join('; ') : failure,
    })),
  } satisfies AdminTrace
}

function recipientOf({ address, place, code, status, text }: RecipientTrace) {
  return { address, place, reply: replyOf(code, status, text) }
}

function replyOf(code: number, status: string, text: string): string {
  return [code === 0 ? '' : String(code), status, text].filter((each) => each !== '').join(' ')
}

async function traces(asked: Asked): Promise<readonly Json[]> {
  const { of = '', text = of, ...more } = asked.args.object('filter') ?? {}
  const [strange] = Object.keys(more)
  if (strange !== undefined) throw new MethodError('unsupportedFilter', strange.slice(0, 100))
  const found = (await asked.read('/traces', { of: String(text).trim(), limit: '100' })) ?? []
  return (found as readonly Trace[]).map(traceOf)
}

export const traceType: AdminType = {
  name: 'DeliveryTrace',
  properties: [
    ...['id', 'at', 'from', 'subject', 'messageId', 'size', 'isAccepted', 'protocol', 'client'],
    ...['tls', 'login', 'reply', 'recipients', 'steps', 'attempts'],
  ],
  list: traces,
  find: async (id, { read }) => {
    const found = (await read('/traces', { of: id, limit: '1' })) as readonly Trace[]
    const [first] = found
    return first?.id === id ? traceOf(first) : undefined
  },
}
