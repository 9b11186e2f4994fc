// Jobs on domains and aliases. They trust that names were checked and folded before.
import { Refused } from '../base/refused.ts'
import { all, one, reading, run, sql, type Work, writing } from '../store/sql.ts'
import type { Name } from './names.ts'

export interface DomainRow {
  readonly name: string
  readonly added_at: number
}

export interface AliasRow {
  readonly local: string
  readonly domain: string
  readonly target: string
}

export const addDomain = writing(
  'accounts.add-domain',
  function* (args: { name: string; at: number }) {
    if (yield* hasDomain(args.name)) throw new Refused('exists', args.name)
    yield* run(sql`
    insert into domains (name, rank, added_at)
    select ${args.name}, coalesce(max(rank), 0) + 1, ${args.at} from domains`)
  },
)

export const removeDomain = writing('accounts.remove-domain', function* (name: string) {
  const used = yield* one(sql`select id from accounts where domain = ${name} limit 1`)
  if (used) throw new Refused('bad-value', `${name} still has accounts`)
  const gone = yield* one(sql`delete from domains where name = ${name} returning name`)
  if (!gone) throw new Refused('not-found', name)
  yield* run(sql`delete from aliases where domain = ${name}`)
})

export const listDomains = reading('accounts.list-domains', function* () {
  return yield* all<DomainRow>(sql`select name, added_at from domains order by rank`)
})

export const addAlias = writing(
  'accounts.add-alias',
  function* (args: { name: Name; targets: readonly Name[] }) {
    const { local, domain } = args.name
    if (!(yield* hasDomain(domain))) throw new Refused('not-found', `domain ${domain}`)
    const taken = yield* one(
      sql`select id from accounts where domain = ${domain} and local = ${local}`,
    )
    if (taken) throw new Refused('exists', `${local}@${domain} is an account`)
    for (const target of args.targets) {
      // What is elsewhere is for others to know.
      if ((yield* hasDomain(target.domain)) && !(yield* isKnown(target))) {
        throw new Refused('not-found', `${target.local}@${target.domain}`)
      }
      yield* run(sql`
      insert into aliases (domain, local, target)
      values (${domain}, ${local}, ${`${target.local}@${target.domain}`})
      on conflict (domain, local, target) do nothing`)
    }
  },
)

export const removeAlias = writing('accounts.remove-alias', function* (name: Name) {
  const gone = yield* all(sql`
    delete from aliases where domain = ${name.domain} and local = ${name.local} returning target`)
  if (gone.length === 0) throw new Refused('not-found', `${name.local}@${name.domain}`)
})

export const listAliases = reading('accounts.list-aliases', function* () {
  return yield* all<AliasRow>(
    sql`select local, domain, target from aliases order by domain, local, target`,
  )
})

export function* hasDomain(name: string): Work<boolean> {
  return (yield* one(sql`select name from domains where name = ${name}`)) !== undefined
}

export function* defaultDomain(): Work<string | undefined> {
  const row = yield* one<{ name: string }>(sql`select name from domains order by rank limit 1`)
  return row?.name
}

export function* hasAlias(name: Name): Work<boolean> {
  const { local, domain } = name
  const row = yield* one(
    sql`select target from aliases where domain = ${domain} and local = ${local} limit 1`,
  )
  return row !== undefined
}

function* isKnown(name: Name): Work<boolean> {
  const { local, domain } = name
  const row = yield* one(sql`select id from accounts where domain = ${domain} and local = ${local}`)
  return row !== undefined || (yield* hasAlias(name))
}
