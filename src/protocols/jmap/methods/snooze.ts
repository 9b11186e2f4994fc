// Snooze of the vendor capability: an email that comes back later. Its id is the email's.
import { type Snooze, snoozeKind } from '../activity/snoozes.ts'
import type { Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { recordChanges } from '../record-type.ts'

const properties = ['id', 'emailId', 'until', 'mailboxId']
const farthestMs = 5 * 366 * 86_400_000

function objectOf(id: string, { until, mailbox }: Snooze): Json {
  return { id, emailId: id, until: utc(until), mailboxId: mailbox }
}

const snoozeGet: Method = {
  name: 'Snooze/get',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const { state, snoozes } = await call.rooms.snoozes.list(accountId)
    const found = new Map(
      snoozes.map(({ id, value }) => [id, objectOf(id, value as unknown as Snooze)]),
    )
    return gotten(wanted, found, { accountId, state })
  },
}

const snoozeSet: Method = {
  name: 'Snooze/set',
  capability: vendor,
  async run(args, call) {
    const account = call.account(args)
    const { snoozes, accounts } = call.rooms
    const put = async (email: string, value: Json): Promise<void> => {
      const snooze = await snoozeOf(call, account, value)
      await snoozes.put(account, email, { ...snooze, via: call.via })
    }
    return setObjects(args, call, {
      state: () => accounts.records.state(account, snoozeKind),
      create: async ({ emailId, ...value }) => {
        if (typeof emailId !== 'string') throw invalidProperties(['emailId'])
        const id = call.mustResolve(emailId, 'emailId')
        await put(id, value)
        return { id, ...(value.mailboxId === undefined ? { mailboxId: 'inbox' } : {}) }
      },
      update: async (id, patch) => {
        const kept = await accounts.records.get({ account, kind: snoozeKind }, id)
        if (!kept) throw new SetFailure('notFound')
        const { until, mailbox } = kept.value as unknown as Snooze
        await put(id, { until: utc(until), mailboxId: mailbox, ...patch })
        return null
      },
      destroy: (id) => snoozes.wake(account, id),
    })
  },
}

/** @throws SetFailure */
async function snoozeOf(call: Call, account: string, value: Json): Promise<Snooze> {
  const { until, mailboxId = 'inbox', ...more } = value
  const bad = Object.keys(more)
  const at = typeof until === 'string' && until.endsWith('Z') ? Date.parse(until) : Number.NaN
  const now = call.rooms.now()
  if (!(at > now && at < now + farthestMs)) bad.push('until')
  const boxes = await call.rooms.mailboxes.list(account)
  if (!boxes.some(({ id }) => id === mailboxId)) bad.push('mailboxId')
  if (bad.length > 0) throw invalidProperties(bad)
  return { until: at, mailbox: mailboxId as string }
}

export const snoozeMethods: readonly Method[] = [
  snoozeGet,
  recordChanges('Snooze', vendor),
  snoozeSet,
]
