// Principal, RFC 9670 §2: people, to be found and read. They are changed by administrators only.
import type { Account } from '../../../accounts/accounts.ts'
import { type Args, isObject, type Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { principals } from '../capabilities.ts'
import { MethodError, SetFailure } from '../errors.ts'
import { changesArgs, getArgs, gotten, setObjects } from '../objects.ts'
import { queryResponse } from '../query-page.ts'
import { knownPeople, principalObject, principalProperties } from '../sharing/principals.ts'

const capability = principals
const conditions = ['accountIds', 'email', 'name', 'text', 'type', 'timeZone']

function stateOf(people: readonly Account[]): string {
  return people.map(({ id }) => id.slice(-6)).join('') || '0'
}

const get: Method = {
  name: 'Principal/get',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => principalProperties.includes(name))
    const known = await knownPeople(call)
    const people = new Map(known.map((person) => [person.id, person]))
    for (const id of wanted.ids ?? []) {
      if (people.has(id)) continue
      const person = await call.rooms.accounts.withId(id)
      if (person && !person.disabled) people.set(id, person)
    }
    const found = new Map<string, Json>()
    for (const [id, person] of people) found.set(id, await principalObject(person, call))
    return gotten(wanted, found, { accountId, state: stateOf(known) })
  },
}

const changes: Method = {
  name: 'Principal/changes',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const { sinceState } = changesArgs(args)
    // Names change without anybody noting when.
    if (sinceState !== stateOf(await knownPeople(call)))
      throw new MethodError('cannotCalculateChanges')
    const nothing = { created: [], updated: [], destroyed: [], hasMoreChanges: false }
    return { accountId, oldState: sinceState, newState: sinceState, ...nothing }
  },
}

const set: Method = {
  name: 'Principal/set',
  capability,
  async run(args, call) {
    call.account(args)
    const refuse = async (): Promise<never> => {
      throw new SetFailure('forbidden')
    }
    const state = async () => stateOf(await knownPeople(call))
    return setObjects(args, call, { state, create: refuse, update: refuse, destroy: refuse })
  },
}

const query: Method = {
  name: 'Principal/query',
  capability,
  async run(args, call) {
    const accountId = call.account(args)
    const known = await knownPeople(call)
    const filter = args.object('filter') ?? {}
    const asked = await exactly(filter, call)
    const all = [...known, ...(asked && !known.some(({ id }) => id === asked.id) ? [asked] : [])]
    const found = all.filter(testOf(filter)).sort(orderOf(args))
    const ids = found.map(({ id }) => id)
    const queryState = stateOf(known)
    return queryResponse(args, ids, { accountId, queryState, canCalculate: false })
  },
}

const queryChanges: Method = {
  name: 'Principal/queryChanges',
  capability,
  async run(args, call) {
    call.account(args)
    throw new MethodError('cannotCalculateChanges')
  },
}

/** Whoever has the address that is asked for. */
async function exactly({ email, text }: Json, call: Call): Promise<Account | undefined> {
  const address = [email, text].find((value) => typeof value === 'string' && value.includes('@'))
  const person =
    address === undefined ? undefined : await call.rooms.accounts.withAddress(address as string)
  return person?.disabled ? undefined : person
}

/** RFC 9670 §2.4.1: every condition that is given. */
function testOf(filter: Json): (person: Account) => boolean {
  const strange = Object.keys(filter).find((name) => !conditions.includes(name))
  if (strange !== undefined) throw new MethodError('unsupportedFilter', strange.slice(0, 100))
  const tests = Object.entries(filter).map(([name, value]) => conditionOf(name, value))
  return (person) => tests.every((test) => test(person))
}

function conditionOf(name: string, value: unknown): (person: Account) => boolean {
  if (name === 'accountIds' && Array.isArray(value)) return ({ id }) => value.includes(id)
  if (typeof value !== 'string')
    throw new MethodError('invalidArguments', name, { arguments: ['filter'] })
  const needle = value.toLowerCase()
  if (name === 'type') return () => value === 'individual'
  if (name === 'timeZone') return () => false
  if (name === 'email') return ({ address }) => address.toLowerCase().includes(needle)
  if (name === 'name') return ({ name: own }) => own.toLowerCase().includes(needle)
  return ({ name: own, address }) => `${own} ${address}`.toLowerCase().includes(needle)
}

function orderOf(args: Args): (a: Account, b: Account) => number {
  const strange = (args.objects('sort') ?? []).find(
    (each) => !isObject(each) || !/^(?:name|email)$/.test(String(each.property)),
  )
  if (strange) throw new MethodError('unsupportedSort', String(strange.property).slice(0, 100))
  return (a, b) => (a.address < b.address ? -1 : 1)
}

export const principalMethods: readonly Method[] = [get, changes, set, query, queryChanges]
