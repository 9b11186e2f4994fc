// ActivityEntry of the vendor capability: what was done to mail, the newest first, and undoing it.
import { type Activity, activityKind } from '../activity/activity-log.ts'
import type { Wish } from '../activity/past.ts'
import type { Json } from '../args.ts'
import type { Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError } from '../errors.ts'
import { keywordsOf } from '../keywords.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { queryResponse } from '../query-page.ts'
import { recordChanges } from '../record-type.ts'

const properties = [
  ...['id', 'what', 'at', 'via', 'count', 'emailIds', 'subject', 'change', 'bulkId', 'isUndone'],
]

function objectOf(id: string, entry: Activity): Json {
  const { what, at, via, count, emails, subject, wish, bulk, undone } = entry
  return {
    ...{ id, what, at: utc(at), via, count, emailIds: emails, subject },
    change: changeOf(wish),
    bulkId: bulk === '' ? null : bulk,
    isUndone: undone,
  }
}

/** In the words of an Email/set. */
function changeOf({ flags, mailboxes, destroy }: Wish): Json {
  if (destroy) return { destroy: true }
  return {
    ...(flags ? partOf('keywords', flags, (flag) => Object.keys(keywordsOf([flag]))[0]!) : {}),
    ...(mailboxes ? partOf('mailboxIds', mailboxes, (id) => id) : {}),
  }
}

function partOf(
  whole: string,
  { mode, add, remove }: NonNullable<Wish['flags']>,
  nameOf: (name: string) => string,
): Json {
  if (mode === 'replace')
    return { [whole]: Object.fromEntries(add.map((name) => [nameOf(name), true])) }
  return Object.fromEntries([
    ...add.map((name) => [`${whole}/${nameOf(name)}`, true]),
    ...remove.map((name) => [`${whole}/${nameOf(name)}`, null]),
  ])
}

const activityGet: Method = {
  name: 'ActivityEntry/get',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const { state, entries } = await call.rooms.activity.list(accountId)
    const found = new Map(
      entries.map(({ id, value }) => [id, objectOf(id, value as unknown as Activity)]),
    )
    return gotten(wanted, found, { accountId, state })
  },
}

const activityQuery: Method = {
  name: 'ActivityEntry/query',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const { before, after, ...strange } = args.object('filter') ?? {}
    const [name] = Object.keys(strange)
    if (name !== undefined) throw new MethodError('unsupportedFilter', name.slice(0, 100))
    if (args.has('sort')) throw new MethodError('unsupportedSort', 'the newest are first')
    const [from, to] = [timeOf(after, 0), timeOf(before, Number.POSITIVE_INFINITY)]
    const { state, entries } = await call.rooms.activity.list(accountId)
    const all = entries
      .filter(({ value }) => Number(value.at) >= from && Number(value.at) < to)
      .map(({ id }) => id)
    return queryResponse(args, all, { accountId, queryState: state, canCalculate: false })
  },
}

function timeOf(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise
  const ms = Date.parse(String(value))
  if (Number.isNaN(ms)) throw new MethodError('invalidArguments', 'a time in the filter')
  return ms
}

const activitySet: Method = {
  name: 'ActivityEntry/set',
  capability: vendor,
  async run(args, call) {
    const account = call.account(args)
    const { activity, bulks, accounts } = call.rooms
    return setObjects(args, call, {
      state: () => accounts.records.state(account, activityKind),
      update: async (id, { isUndone, ...more }) => {
        if (isUndone !== true || Object.keys(more).length > 0)
          throw invalidProperties(['isUndone', ...Object.keys(more)])
        await activity.undo(account, id, (bulk) => bulks.undo(account, bulk))
        return null
      },
    })
  },
}

export const activityMethods: readonly Method[] = [
  activityGet,
  recordChanges('ActivityEntry', vendor),
  activityQuery,
  activitySet,
]
