// ShareNotification, RFC 9670 §3: what was shared with a person, to be read and put away.
import type { KeptRecord } from '../../../accounts/records.ts'
import type { Args, Json } from '../args.ts'
import type { Method } from '../call.ts'
import { principals } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { MethodError, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { queryChangesResponse, queryResponse } from '../query-page.ts'
import { recordChanges } from '../record-type.ts'
import { noticeKind } from '../sharing/notices.ts'

const capability = principals
const properties = [
  ...['id', 'created', 'changedBy', 'objectType', 'objectAccountId', 'objectId'],
  ...['oldRights', 'newRights', 'name'],
]

const get: Method = {
  name: 'ShareNotification/get',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const { state, records } = await call.rooms.accounts.records.list(accountId, noticeKind)
    const found = new Map<string, Json>(
      records.map(({ id, value }) => [id, { id, ...value, created: utc(Number(value.created)) }]),
    )
    return gotten(wanted, found, { accountId, state })
  },
}

const set: Method = {
  name: 'ShareNotification/set',
  capability,
  async run(args, call) {
    const account = call.account(args)
    const { records } = call.rooms.accounts
    const list = () => records.list(account, noticeKind)
    return setObjects(args, call, {
      state: async () => (await list()).state,
      destroy: async (id) => {
        if (!(await list()).records.some((each) => each.id === id)) throw new SetFailure('notFound')
        await records.change({ account, kind: noticeKind }, [], [id])
      },
    })
  },
}

const query: Method = {
  name: 'ShareNotification/query',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const { state, records } = await call.rooms.accounts.records.list(accountId, noticeKind)
    const told = { accountId, queryState: state, canCalculate: true }
    return queryResponse(args, queried(args, records), told)
  },
}

const queryChanges: Method = {
  name: 'ShareNotification/queryChanges',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const book = call.rooms.accounts.records
    const news = await book.since(accountId, noticeKind, args.string('sinceQueryState'))
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { state: newQueryState, records } = await book.list(accountId, noticeKind)
    const touched = new Set([...news.created, ...news.updated, ...news.destroyed])
    const told = { accountId, newQueryState, touched, fresh: new Set(news.created) }
    return queryChangesResponse(args, queried(args, records), told)
  },
}

/** RFC 9670 §3.5 */
function queried(args: Args, records: readonly KeptRecord[]): readonly string[] {
  const tests = Object.entries(args.object('filter') ?? {}).map(([name, value]) => {
    const ms = Date.parse(String(value))
    if (name === 'after' && !Number.isNaN(ms)) return (at: Json) => Number(at.created) >= ms
    if (name === 'before' && !Number.isNaN(ms)) return (at: Json) => Number(at.created) < ms
    if (name === 'objectType' || name === 'objectAccountId') return (at: Json) => at[name] === value
    throw new MethodError('unsupportedFilter', name.slice(0, 100))
  })
  const [order] = args.objects('sort') ?? []
  if (order && order.property !== 'created') throw new MethodError('unsupportedSort')
  const found = records.filter(({ value }) => tests.every((test) => test(value)))
  const ids = found.map(({ id }) => id)
  return order?.isAscending === false ? ids.toReversed() : ids
}

export const shareNotificationMethods: readonly Method[] = [
  ...[get, set, query, queryChanges],
  recordChanges(noticeKind, capability),
]
