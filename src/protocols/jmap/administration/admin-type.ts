// The methods of a type of administration: /get, /query and /set all the same. Whoever does not
// administer the server finds none of them.
import { createHash } from 'node:crypto'
import type { Args, Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { administration } from '../capabilities.ts'
import { MethodError, type SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { queryResponse } from '../query-page.ts'
import { failureOf } from './ask.ts'
import type { Administration } from './port.ts'

export interface Asked {
  readonly call: Call
  readonly args: Args
  readonly admin: Administration
  /** GET, and undefined for what is not there. @throws MethodError */
  read(path: string, query?: Readonly<Record<string, string>>): Promise<unknown>
  /** @throws SetFailure */
  change(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object): Promise<unknown>
}

export interface AdminType {
  readonly name: string
  readonly properties: readonly string[]
  /** All, or those a filter leaves, in order; only cheap properties need be in it. */
  list(asked: Asked): Promise<readonly Json[]>
  /** What a /get of few adds. */
  whole?(object: Json, asked: Asked): Promise<Json>
  /** Of one that the list may not reach. */
  find?(id: string, asked: Asked): Promise<Json | undefined>
  /** Properties in which the filter's `text` is looked for. */
  readonly searched?: readonly string[]
  create?(value: Json, asked: Asked): Promise<Json & { readonly id: string }>
  update?(object: Json, patch: Json, asked: Asked): Promise<Json | null>
  destroy?(object: Json, asked: Asked): Promise<void>
}

export function adminMethods(type: AdminType): readonly Method[] {
  const method = (verb: string, run: (asked: Asked) => Promise<object>): Method => ({
    name: `${type.name}/${verb}`,
    capability: administration,
    run: (args, call) => {
      call.account(args)
      return run(askedBy(args, call))
    },
  })
  const sets = type.create ?? type.update ?? type.destroy
  return [
    method('get', (asked) => get(type, asked)),
    method('query', (asked) => query(type, asked)),
    ...(sets ? [method('set', (asked) => set(type, asked))] : []),
  ]
}

function askedBy(args: Args, call: Call): Asked {
  const { admin } = call.rooms
  if (!admin || !call.mayAdminister) throw new MethodError('unknownMethod')
  const by = call.asker.login.address
  return {
    ...{ call, args, admin },
    async read(path, query = {}) {
      const { status, value } = await admin.ask({ by, method: 'GET', path, query })
      if (status === 404) return undefined
      if (status >= 400) throw new MethodError('invalidArguments', failureOf(status, value).message)
      return value
    },
    async change(method, path, body) {
      const { status, value } = await admin.ask({ by, method, path, ...(body ? { body } : {}) })
      if (status >= 400) throw failureOf(status, value) satisfies SetFailure
      return value
    },
  }
}

function stateOf(list: readonly Json[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 16)
}

async function get(type: AdminType, asked: Asked): Promise<object> {
  const { args, call } = asked
  const wanted = getArgs(args, call, (name) => type.properties.includes(name))
  const list = await type.list(asked)
  const byId = new Map(list.map((object) => [String(object.id), object]))
  const found = new Map<string, Json>()
  for (const id of wanted.ids ?? byId.keys()) {
    const object = byId.get(id) ?? (await type.find?.(id, asked))
    if (object) found.set(id, (await type.whole?.(object, asked)) ?? object)
  }
  return gotten(wanted, found, {
    accountId: call.accountNamed(accountOf(args)),
    state: stateOf(list),
  })
}

function accountOf(args: Args): string {
  return args.string('accountId')
}

async function query(type: AdminType, asked: Asked): Promise<object> {
  const { args } = asked
  if (args.has('sort')) throw new MethodError('unsupportedSort')
  const text = args.object('filter')?.text
  const wanted = typeof text === 'string' ? text.trim().toLowerCase() : ''
  const searched = type.searched ?? []
  const list = await type.list(asked)
  const fits = (object: Json) =>
    wanted === '' ||
    searched.length === 0 ||
    searched.some((name) => String(object[name]).toLowerCase().includes(wanted))
  const ids = list.filter(fits).map(({ id }) => String(id))
  const told = { accountId: accountOf(args), queryState: stateOf(list), canCalculate: false }
  return queryResponse(args, ids, told)
}

async function set(type: AdminType, asked: Asked): Promise<object> {
  const { create, update, destroy } = type
  const one = async (id: string): Promise<Json> => {
    const list = await type.list(asked)
    const object = list.find((each) => each.id === id) ?? (await type.find?.(id, asked))
    if (!object) throw failureOf(404, {})
    return object
  }
  return setObjects(asked.args, asked.call, {
    state: async () => stateOf(await type.list(asked)),
    ...(create ? { create: (value: Json) => create(value, asked) } : {}),
    ...(update
      ? { update: async (id: string, patch: Json) => update(await one(id), patch, asked) }
      : {}),
    ...(destroy ? { destroy: async (id: string) => destroy(await one(id), asked) } : {}),
  })
}
