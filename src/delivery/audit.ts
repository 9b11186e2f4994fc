// What must agree in the rows of mail, for `amplop verify`: who owns which bytes, and every count.
import type { BlobRef } from '../store/blobs.ts'
import { all, reading, sql } from '../store/sql.ts'

const problemsMax = 20

/** Each email and each trace that shows a message owns the message's bytes once. */
export const auditOwners = reading('delivery.audit-owners', function* () {
  const wrong = yield* all<{ segment: number; start: number; refs: number; owners: number }>(sql`
    select b.segment as segment, b.start as start, b.refs as refs, coalesce(o.n, 0) as owners
    from blobs b left join (
      select segment, start, count(*) as n from (
        select blob_segment as segment, blob_start as start from emails
        union all
        select blob_segment, blob_start from traces where blob_segment is not null) as every_one
      group by segment, start) as o on o.segment = b.segment and o.start = b.start
    where b.refs <> coalesce(o.n, 0) order by b.segment, b.start limit ${problemsMax}`)
  const bare = yield* all<{ account: string; id: string }>(sql`
    select e.account as account, e.id as id from emails e
    left join blobs b on b.segment = e.blob_segment and b.start = e.blob_start
    where b.refs is null limit ${problemsMax}`)
  return [
    ...wrong.map(
      ({ segment, start, refs, owners }) =>
        `blob at segment ${segment}, offset ${start}: counted ${refs} owners, has ${owners}`,
    ),
    ...bare.map(({ account, id }) => `email ${id} of account ${account}: no blob`),
  ]
})

export const auditCounts = reading('delivery.audit-counts', function* () {
  const wrong = yield* all<{ account: string; id: string; said: string; is: string }>(sql`
    select b.account as account, b.id as id, b.messages || '/' || b.bytes as said,
      coalesce(m.n, 0) || '/' || coalesce(m.bytes, 0) as "is"
    from mailboxes b left join (
      select account, mailbox, count(*) as n, sum(size) as bytes from messages
      group by account, mailbox) as m on m.account = b.account and m.mailbox = b.id
    where b.messages <> coalesce(m.n, 0) or b.bytes <> coalesce(m.bytes, 0)
    order by b.account, b.id limit ${problemsMax}`)
  const astray = yield* all<{ account: string; mailbox: string; uid: number }>(sql`
    select m.account as account, m.mailbox as mailbox, m.uid as uid from messages m
    left join emails e on e.account = m.account and e.id = m.email
    where e.id is null limit ${problemsMax}`)
  return [
    ...wrong.map(
      ({ account, id, said, is }) =>
        `mailbox ${id} of account ${account}: counted messages/bytes ${said}, has ${is}`,
    ),
    ...astray.map(
      ({ account, mailbox, uid }) =>
        `message ${uid} in mailbox ${mailbox} of account ${account}: no email`,
    ),
  ]
})

/** Who loses something when a blob is damaged, in words. */
export const ownersOf = reading('delivery.owners-of', function* (ref: BlobRef) {
  const messages = yield* all<{
    address: string | null
    account: string
    name: string
    uid: number
  }>(
    sql`
      select a.local || '@' || a.domain as address, m.account as account, b.name as name, m.uid as uid
      from emails e
      join messages m on m.account = e.account and m.email = e.id
      join mailboxes b on b.account = m.account and b.id = m.mailbox
      left join accounts a on a.id = m.account
      where e.blob_segment = ${ref.segment} and e.blob_start = ${ref.offset}
      order by m.account, m.mailbox, m.uid limit ${problemsMax}`,
  )
  const traces = yield* all<{ id: string }>(sql`
    select id from traces
    where blob_segment = ${ref.segment} and blob_start = ${ref.offset} limit ${problemsMax}`)
  return [
    ...messages.map(
      ({ address, account, name, uid }) => `${address ?? account} ${name} message ${uid}`,
    ),
    ...traces.map(({ id }) => `trace ${id}`),
  ]
})
