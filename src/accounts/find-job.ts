// Who an address means: accounts, aliases, plus detail, postmaster, the catch-all.
import { all, one, reading, sql, type Work } from '../store/sql.ts'
import { type AccountRow, accountOf } from './account-jobs.ts'
import { defaultDomain, hasDomain } from './domain-jobs.ts'
import { type Name, nameOf } from './names.ts'

export interface FindArgs {
  readonly name: Name
  /** Domains that mean the default domain: the host's own name, localhost. */
  readonly alsoLocal: readonly string[]
  /** The address that takes mail for postmaster and abuse where no account does, or "". */
  readonly postmaster: string
}

export interface Receiver {
  readonly account: string
  /** The account's own address. */
  readonly address: string
}

export type Found =
  | {
      readonly is: 'accounts'
      readonly accounts: readonly Receiver[]
      /** Addresses elsewhere that an alias names besides. */
      readonly forwards?: readonly string[]
    }
  | { readonly is: 'unknown-user' | 'not-local' | 'disabled' }

/** Aliases that name aliases are followed so far, and to so many accounts. */
const aliasesMax = 100

/** RFC 5321 §4.5.1 and RFC 2142 §5: these names must reach somebody in every domain. */
const roles = new Set(['postmaster', 'abuse'])

export const findReceivers = reading('accounts.find', function* (args: FindArgs): Work<Found> {
  const domain = yield* localDomain(args.name.domain, args.alsoLocal)
  if (domain === undefined) return { is: 'not-local' }
  const { local } = args.name
  const plus = local.indexOf('+')
  const base = plus > 0 ? local.slice(0, plus) : local
  const exact = yield* expand({ local, domain })
  if (exact) return exact
  const plain = base === local ? undefined : yield* expand({ local: base, domain })
  if (plain) return plain
  const role = roles.has(base) ? yield* postmaster(args) : undefined
  if (role) return role
  const caught = yield* expand({ local: '*', domain })
  if (caught) return caught
  return (base === 'postmaster' && (yield* firstOf(domain))) || { is: 'unknown-user' }
})

/** RFC 5321 §4.5.1: a domain has a postmaster, if need be whoever was here first. */
function* firstOf(domain: string): Work<Found | undefined> {
  const account = yield* one<AccountRow>(sql`
    select id, local, domain, name, password, scram, disabled, created_at from accounts
    where disabled = 0 and domain in (${domain}, ${(yield* defaultDomain()) ?? domain})
    order by case when domain = ${domain} then 0 else 1 end, id limit 1`)
  return account && receivers([account])
}

/** The domain of ours that `said` means; undefined when it is not ours. */
export function* localDomain(said: string, also: readonly string[]): Work<string | undefined> {
  if (said !== '' && (yield* hasDomain(said))) return said
  return said === '' || also.includes(said) ? yield* defaultDomain() : undefined
}

function* postmaster(args: FindArgs): Work<Found | undefined> {
  if (args.postmaster === '') return undefined
  const name = nameOf(args.postmaster)
  const domain = yield* localDomain(name.domain, args.alsoLocal)
  return domain === undefined ? undefined : yield* expand({ local: name.local, domain })
}

/** The account of that very name, or all accounts that its alias reaches; undefined: nobody. */
function* expand(name: Name): Work<Found | undefined> {
  const account = yield* accountOf(name)
  if (account) return account.disabled ? { is: 'disabled' } : receivers([account])
  const seen = new Set<string>()
  const waiting = yield* targets(name)
  const reached: AccountRow[] = []
  const forwards: string[] = []
  let disabled = false
  for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) {
    if (seen.has(target) || seen.size >= aliasesMax) continue
    seen.add(target)
    const found = yield* accountOf(nameOf(target))
    if (!found) {
      const more = yield* targets(nameOf(target))
      waiting.push(...more)
      if (more.length === 0 && !(yield* hasDomain(nameOf(target).domain))) forwards.push(target)
    } else if (found.disabled) disabled = true
    else reached.push(found)
  }
  if (forwards.length > 0) return { ...receivers(reached), forwards }
  if (reached.length > 0) return receivers(reached)
  return disabled ? { is: 'disabled' } : undefined
}

function* targets(name: Name): Work<string[]> {
  const rows = yield* all<{ target: string }>(sql`
    select target from aliases where domain = ${name.domain} and local = ${name.local}
    order by target desc`)
  return rows.map((row) => row.target)
}

function receivers(rows: readonly AccountRow[]): Found & { is: 'accounts' } {
  const accounts = rows.map((row) => ({
    account: row.id,
    address: `${row.local}@${row.domain}`,
  }))
  return { is: 'accounts', accounts }
}

export const findDomain = reading(
  'accounts.find-domain',
  function* (args: { domain: string; alsoLocal: readonly string[] }) {
    return yield* localDomain(args.domain, args.alsoLocal)
  },
)
