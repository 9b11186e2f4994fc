// Jobs on the reports of others about our domains.
import { all, one, reading, run, sql, writing } from '../../store/sql.ts'
import type { ReceivedReport, ReportKind } from './kinds.ts'

export interface ReceivedInfo extends Omit<ReceivedReport, 'rows'> {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Whether its sender proved to be one. */
  readonly verified: boolean
}

export interface ReceivedAll extends ReceivedInfo {
  readonly rows: ReceivedReport['rows']
}

interface Row {
  readonly id: string
  readonly kind: ReportKind
  readonly domain: string
  readonly facts: string
  readonly at: number
}

const reportsMax = 20_000
const pruneMany = 100

/** One that is known already, sent again, takes the place of what was. */
export const addReceived = writing('trust.add-received', function* (report: ReceivedAll) {
  const { id, kind, domain, at, rows, ...facts } = report
  yield* run(sql`delete from report_received where id = ${id}`)
  yield* run(sql`
      insert into report_received (id, kind, domain, at, facts, details)
      values (${id}, ${kind}, ${domain}, ${at}, ${JSON.stringify(facts)}, ${JSON.stringify(rows)})`)
  const count = yield* one<{ n: number }>(sql`select count(*) as n from report_received`)
  if ((count?.n ?? 0) <= reportsMax) return
  yield* run(sql`
      delete from report_received where id in
        (select id from report_received order by at limit ${pruneMany})`)
})

/** Newest first; `domain` "" for all. */
export const listReceived = reading(
  'trust.list-received',
  function* ({ domain, limit }: { domain: string; limit: number }) {
    const rows = yield* all<Row>(
      domain === ''
        ? sql`select id, kind, domain, at, facts from report_received
            order by at desc, id limit ${limit}`
        : sql`select id, kind, domain, at, facts from report_received
            where domain = ${domain} order by at desc, id limit ${limit}`,
    )
    return rows.map((row): ReceivedInfo => infoOf(row))
  },
)

export const getReceived = reading('trust.get-received', function* (id: string) {
  const row = yield* one<Row & { readonly details: string }>(sql`
    select id, kind, domain, at, facts, details from report_received where id = ${id}`)
  if (!row) return undefined
  const all: ReceivedAll = { ...infoOf(row), rows: JSON.parse(row.details) }
  return all
})

function infoOf({ id, kind, domain, at, facts }: Row): ReceivedInfo {
  return { ...(JSON.parse(facts) as Omit<ReceivedInfo, 'id' | 'at'>), id, kind, domain, at }
}
