// MTA-STS policies of other domains, kept in the database: one row a domain.
import type { Engine, Migration } from '../store/engine.ts'
import { type AnyJob, one, reading, run, sql, writing } from '../store/sql.ts'
import { type KeptPolicy, readStsPolicy, type StsShelf } from '../trust/mta-sts.ts'

export const stsMigrations: readonly Migration[] = [
  {
    name: '0004-sts-policies',
    statements: [
      `create table sts_policies (
        domain text not null primary key,
        id text not null,
        policy text not null,
        until {int} not null
      )`,
    ],
  },
]

interface PolicyRow {
  readonly id: string
  readonly policy: string
  readonly until: number
}

const load = reading('sts.load', function* (domain: string) {
  return yield* one<PolicyRow>(sql`
    select id, policy, until from sts_policies where domain = ${domain}`)
})

interface Save extends PolicyRow {
  readonly domain: string
  /** What ended before goes: nobody will ask for it again. */
  readonly now: number
}

const save = writing('sts.save', function* ({ domain, id, policy, until, now }: Save) {
  yield* run(sql`delete from sts_policies where until < ${now} or domain = ${domain}`)
  yield* run(sql`
    insert into sts_policies (domain, id, policy, until)
    values (${domain}, ${id}, ${policy}, ${until})`)
})

export const stsJobs: readonly AnyJob[] = [load, save]

export function stsShelf(engine: Engine): StsShelf {
  return {
    load: async (domain) => {
      const row = await engine.run(load, domain)
      const policy = row && readStsPolicy(row.policy)
      return policy && { policy, id: row.id, until: Number(row.until) }
    },
    save: (domain: string, { policy, id, until }: KeptPolicy) =>
      engine.run(save, { domain, id, policy: policy.text, until, now: Date.now() }),
  }
}
