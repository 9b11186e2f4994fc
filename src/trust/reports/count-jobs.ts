// Jobs on what is counted for the reports of a day, and on who has been sent which.
import { all, one, reading, run, sql, type Work, writing, writingByRow } from '../../store/sql.ts'
import type { ReportKind } from './kinds.ts'

export interface CountRow {
  readonly kind: ReportKind
  readonly day: number
  readonly domain: string
  /** Tells rows of one domain and day apart. */
  readonly detail: string
  /** JSON: TlsFacts or DmarcFacts. */
  readonly facts: string
  readonly n: number
}

/** Different facts of one domain and day, and of all domains: more is a flood, and not counted. */
const detailsMax = 2_000
const dailyMax = 200_000

/** How many could not be counted. */
export const addCounts = writing('trust.add-counts', function* (rows: readonly CountRow[]) {
  const room = new Map<string, number>()
  let lost = 0
  for (const row of rows) {
    const { kind, day, domain, detail, n } = row
    const known = yield* all(sql`
      update report_counts set n = n + ${n}
      where kind = ${kind} and day = ${day} and domain = ${domain} and detail = ${detail}
      returning n`)
    if (known.length > 0) continue
    const key = `${kind} ${day} ${domain}`
    const left = room.get(key) ?? (yield* roomFor(row))
    room.set(key, left - 1)
    if (left <= 0) lost += n
    else
      yield* run(sql`
        insert into report_counts (kind, day, domain, detail, facts, n)
        values (${kind}, ${day}, ${domain}, ${detail}, ${row.facts}, ${n})`)
  }
  return lost
})

function* roomFor({ kind, day, domain }: CountRow): Work<number> {
  const daily = yield* one<{ n: number }>(sql`
    select count(*) as n from
      (select 1 from report_counts where kind = ${kind} and day = ${day} limit ${dailyMax}) as counted`)
  if ((daily?.n ?? 0) >= dailyMax) return 0
  const own = yield* one<{ n: number }>(sql`
    select count(*) as n from report_counts
    where kind = ${kind} and day = ${day} and domain = ${domain}`)
  return detailsMax - (own?.n ?? 0)
}

export interface Due {
  readonly kind: ReportKind
  readonly day: number
  readonly domain: string
}

/** Domains with counts of days before this one that nobody is at; the oldest first. */
export const dueReports = reading(
  'trust.due-reports',
  function* ({ before, now, limit }: { before: number; now: number; limit: number }) {
    return yield* all<Due>(sql`
      select distinct c.kind, c.day, c.domain from report_counts c
      left join report_sends s on s.kind = c.kind and s.day = c.day and s.domain = c.domain
      where c.day < ${before} and (s.until is null or s.until < ${now})
      order by c.day, c.kind, c.domain limit ${limit}`)
  },
)

export const countsOf = reading('trust.counts-of', function* ({ kind, day, domain }: Due) {
  return yield* all<CountRow>(sql`
    select kind, day, domain, detail, facts, n from report_counts
    where kind = ${kind} and day = ${day} and domain = ${domain} order by detail`)
})

/** Whether this process is to send it: nobody else is at it until then, and nobody has sent it. */
export const claimReport = writingByRow(
  'trust.claim-report',
  function* ({ kind, day, domain, now, until }: Due & { now: number; until: number }) {
    const rows = yield* all(sql`
      insert into report_sends (kind, day, domain, until, sent_at, said)
      values (${kind}, ${day}, ${domain}, ${until}, 0, '')
      on conflict (kind, day, domain) do update set until = ${until}
      where report_sends.until < ${now} returning day`)
    return rows.length > 0
  },
)

export interface Sent extends Due {
  /** Milliseconds since 1970. */
  readonly sent_at: number
  /** "to mailto:dmarc@example.net: 12 messages", or why it was not. */
  readonly said: string
}

/** It is sent, or will not be: its counts are of no use any more. */
export const endReport = writing('trust.end-report', function* (sent: Sent) {
  const { kind, day, domain, sent_at: at, said } = sent
  yield* run(sql`
    update report_sends set until = ${at}, sent_at = ${at}, said = ${said}
    where kind = ${kind} and day = ${day} and domain = ${domain}`)
  yield* run(sql`
    delete from report_counts where kind = ${kind} and day = ${day} and domain = ${domain}`)
})

/** Newest first. */
export const sentReports = reading('trust.sent-reports', function* (limit: number) {
  return yield* all<Sent>(sql`
    select kind, day, domain, sent_at, said from report_sends where sent_at > 0
    order by day desc, kind, domain limit ${limit}`)
})

/** What of before this day nobody will ask for. */
export const forgetReports = writing('trust.forget-reports', function* (day: number) {
  yield* run(sql`delete from report_sends where day < ${day}`)
  yield* run(sql`delete from report_counts where day < ${day}`)
})
