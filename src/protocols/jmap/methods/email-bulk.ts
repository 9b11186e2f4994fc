// EmailBulk of the vendor capability: changes of everything that matches a filter.

import { type Bulk, bulkKind } from '../activity/bulks.ts'
import type { Wish } from '../activity/past.ts'
import { Args, isObject, type Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { changeOf } from '../email/email-change.ts'
import { utc } from '../email/email-objects.ts'
import { queriedEmails } from '../email/query.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { recordChanges } from '../record-type.ts'
import { Access } from '../sharing/access.ts'

const properties = [
  ...['id', 'state', 'total', 'processed', 'failed', 'failure', 'createdAt', 'finishedAt'],
  ...['mayCancel', 'mayUndo'],
]

function objectOf(id: string, bulk: Bulk): Json {
  const { state, total, processed, failed, failure, at, finishedAt } = bulk
  return {
    ...{ id, state, total, processed, failed, failure: failure === '' ? null : failure },
    ...{ createdAt: utc(at), finishedAt: finishedAt === 0 ? null : utc(finishedAt) },
    mayCancel: state === 'running',
    mayUndo: ['running', 'done', 'canceled', 'failed'].includes(state) && processed > 0,
  }
}

const bulkGet: Method = {
  name: 'EmailBulk/get',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const { state, records } = await call.rooms.bulks.list(accountId)
    const found = new Map(
      records.map(({ id, value }) => [id, objectOf(id, value as unknown as Bulk)]),
    )
    return gotten(wanted, found, { accountId, state })
  },
}

const bulkSet: Method = {
  name: 'EmailBulk/set',
  capability: vendor,
  async run(args, call) {
    const account = call.account(args)
    const { bulks, accounts } = call.rooms
    return setObjects(args, call, {
      state: () => accounts.records.state(account, bulkKind),
      create: (value) => create(call, account, value),
      update: async (id, { state, ...more }) => {
        if (Object.keys(more).length > 0) throw invalidProperties(Object.keys(more))
        if (state === 'canceled') await bulks.cancel(account, id)
        else if (state === 'undone') await bulks.undo(account, id)
        else throw invalidProperties(['state'])
        const { records } = await bulks.list(account)
        const now = records.find((each) => each.id === id)
        return now ? objectOf(id, now.value as unknown as Bulk) : null
      },
      destroy: (id) => bulks.remove(account, id),
    })
  },
}

async function create(
  call: Call,
  account: string,
  value: Json,
): Promise<Json & { readonly id: string }> {
  const { filter, patch, destroy, ...more } = value
  const bad = Object.keys(more)
  if (!isObject(filter)) bad.push('filter')
  if (destroy !== undefined && destroy !== true) bad.push('destroy')
  if ((destroy === true) === isObject(patch)) bad.push('patch')
  if (bad.length > 0) throw invalidProperties(bad)
  const wish =
    destroy === true ? await toTrash(call, account) : wishOf(call, account, patch as Json)
  const emails = await queriedEmails(call.rooms, Access.own(account), new Args({ filter }))
  const id = await call.rooms.bulks.add(account, emails, { wish, via: call.via })
  const { records } = await call.rooms.bulks.list(account)
  const kept = records.find((each) => each.id === id)
  if (!kept) throw new SetFailure('notFound')
  return { ...objectOf(id, kept.value as unknown as Bulk), id }
}

function wishOf(call: Call, account: string, patch: Json): Wish {
  const { flags, mailboxes } = changeOf(call, account, '', patch)
  if (!flags && !mailboxes) throw invalidProperties(['patch'])
  if (mailboxes?.mode === 'replace' && mailboxes.add.length === 0)
    throw invalidProperties(['patch'], 'an email is in at least one mailbox')
  return { ...(flags ? { flags } : {}), ...(mailboxes ? { mailboxes } : {}) }
}

async function toTrash(call: Call, account: string): Promise<Wish> {
  const boxes = await call.rooms.mailboxes.list(account)
  const trash = boxes.find(({ role }) => role === 'trash')
  if (!trash) throw invalidProperties(['destroy'], 'there is no trash')
  return { destroy: true, mailboxes: { mode: 'replace', add: [trash.id], remove: [] } }
}

export const bulkMethods: readonly Method[] = [bulkGet, recordChanges('EmailBulk', vendor), bulkSet]
