// What an attempt means for each recipient, and for the row. Pure.
import type { Attempt } from './courier.ts'
import { askedOf, type OwedTo, type QueuedRow, recipientsOf, type Said } from './row.ts'
import { delayAfter, type Schedule, waitedSince } from './schedule.ts'
import type { HopReply } from './transport.ts'

/** What the sender is told of one recipient: RFC 3464 §2.3.3. */
export interface Told extends Said {
  readonly action: 'failed' | 'delayed' | 'relayed' | 'delivered'
  readonly originalRecipient: string
  /** "dns; mx1.example.net", the host that said it, or "". */
  readonly host: string
}

export interface Judged {
  readonly said: readonly Said[]
  readonly owed: readonly OwedTo[]
  readonly told: readonly Told[]
  readonly due: number
  readonly waited: number
  readonly warned: boolean
  readonly last: string
}

export interface Circumstances {
  readonly schedule: Schedule
  readonly now: number
  readonly random: number
  /** The destination is left alone until then; 0 is now. */
  readonly suspendedUntil: number
}

export function judge(row: QueuedRow, attempt: Attempt, about: Circumstances): Judged {
  const { schedule, now } = about
  const { attempts, tried } = row
  const waited = row.waited + waitedSince(schedule, { attempts, tried, now })
  const asked = askedOf(row)
  const tooLate = asked.deliverBy !== undefined && now >= asked.deliverBy.at
  const expired = waited >= schedule.lifetimeMs || (tooLate && asked.deliverBy?.late === 'return')
  const late = tooLate || (schedule.warnAfterMs > 0 && waited >= schedule.warnAfterMs)
  const warn = late && row.warned === 0
  const host = attempt.tried.at(-1)?.host ?? ''
  const said: Said[] = []
  const owed: OwedTo[] = []
  const told: Told[] = []
  for (const [n, recipient] of recipientsOf(row).entries()) {
    const one = saidFor(recipient, attempt.recipients[n], { expired, failure: attempt.failure })
    said.push(recipient.for === undefined ? one : { ...one, for: recipient.for })
    if (one.became === 'later') owed.push(recipient)
    const action = actionFor(one, recipient, { warn, passedOn: attempt.passedOn === true })
    const { originalRecipient = '' } = recipient
    if (action) told.push({ ...one, action, originalRecipient, host })
  }
  const soonest = now + delayAfter(schedule, attempts, about.random)
  const usual = about.suspendedUntil > soonest ? spread(about) : soonest
  const { at = 0, late: order } = asked.deliverBy ?? {}
  // RFC 2852 §5: what is to be returned when it is late is looked at then.
  const due = order === 'return' && at > now ? Math.min(usual, at) : usual
  const last = lastOf(said, attempt)
  const warned = row.warned === 1 || (warn && owed.length > 0)
  return { said, owed, told, due, waited, warned, last }
}

/** What waits for one destination does not come back all at once. */
function spread({ suspendedUntil, random }: Circumstances): number {
  return suspendedUntil + Math.round(30_000 * random)
}

function saidFor(
  { address }: OwedTo,
  reply: HopReply | undefined,
  { expired, failure }: { expired: boolean; failure: string },
): Said {
  const { code = 0, status = '', text = '' } = reply ?? {}
  const words = code === 0 ? failure : text
  if (code >= 200 && code < 300)
    return { address, code, status: statusOf('2', status), text, became: 'delivered' }
  if (code >= 500)
    return { address, code, status: statusOf('5', status), text: words, became: 'failed' }
  if (!expired) return { address, code, status, text: words, became: 'later' }
  // RFC 3463 §3.5: it waited longer than anybody would.
  return { address, code, status: '5.4.7', text: words, became: 'failed' }
}

function statusOf(kind: '2' | '5', status: string): string {
  return status.startsWith(kind) ? status : `${kind}.0.0`
}

/** RFC 3461 §4.1: without NOTIFY a sender is told of failures and of delays. */
function actionFor(
  { became }: Said,
  { notify }: OwedTo,
  { warn, passedOn }: { warn: boolean; passedOn: boolean },
): Told['action'] | undefined {
  if (became === 'failed') return !notify || notify.includes('failure') ? 'failed' : undefined
  if (became === 'later')
    return warn && (!notify || notify.includes('delay')) ? 'delayed' : undefined
  // RFC 3461 §6.2.3: a hop that knows of reports makes them itself.
  return notify?.includes('success') && !passedOn ? 'relayed' : undefined
}

function lastOf(said: readonly Said[], { failure }: Attempt): string {
  const one = said.find(({ became }) => became === 'later') ?? said[0]
  if (!one || one.code === 0) return failure.slice(0, 500)
  return [one.code, one.status, one.text]
    .filter((word) => word !== '')
    .join(' ')
    .slice(0, 500)
}

/** As an attempt, where nobody was asked since the destination is left alone. */
export function putOff(row: QueuedRow, why: string): Attempt {
  const text = `not tried: ${why}`.slice(0, 500)
  const recipients = recipientsOf(row).map(({ address }) => {
    const at = address.lastIndexOf('@')
    const to = { local: address.slice(0, at), domain: address.slice(at + 1) }
    return { address: to, code: 0, status: '', text: '' }
  })
  return { tried: [], recipients, unreachable: true, failure: text }
}
