// The methods of a type whose objects are kept as records: /get, /changes and /set all the same.
// What a type's properties may be, it says itself.
import type { Json } from './args.ts'
import type { Call, Method } from './call.ts'
import { invalidProperties, MethodError, SetFailure } from './errors.ts'
import { changesArgs, getArgs, gotten, patched, picked, setObjects } from './objects.ts'

export interface Property {
  /** What it is where a client says nothing; none: it must be said. */
  readonly otherwise?: unknown
  readonly fits: (value: unknown) => boolean
  /** Said once, when the object is made. */
  readonly fixed?: true
  /** The server's alone. */
  readonly ours?: true
}

export interface RecordType {
  /** "Identity" */
  readonly name: string
  readonly capability: string
  readonly properties: Readonly<Record<string, Property>>
  readonly max: number
  /** What there is without having been made, by id. */
  readonly given?: (call: Call) => ReadonlyMap<string, Json>
  /** A last look at a whole object. @throws SetFailure */
  readonly check?: (object: Json, call: Call) => Promise<void> | void
  /** Whether it may go; where it may not, `full` is why. */
  readonly mayDestroy?: (id: string, call: Call) => Promise<boolean>
  readonly full?: string
  /** Objects that are not made or removed by clients. */
  readonly fixedSet?: true
}

export function recordMethods(type: RecordType): readonly Method[] {
  const { name, capability } = type
  return [
    { name: `${name}/get`, capability, run: (args, call) => get(type, args, call) },
    { name: `${name}/changes`, capability, run: (args, call) => changes(type, args, call) },
    { name: `${name}/set`, capability, run: (args, call) => set(type, args, call) },
  ]
}

type Run = Method['run']

/** Every object of the type, those that were never changed too. */
export async function recordObjects(
  type: RecordType,
  account: string,
  call: Call,
): Promise<{ readonly state: string; readonly found: Map<string, Json> }> {
  const { state, records } = await call.rooms.accounts.records.list(account, type.name)
  const found = new Map<string, Json>(type.given?.(call) ?? [])
  for (const { id, value } of records)
    found.set(id, { ...defaultsOf(type), ...found.get(id), ...value, id })
  return { state, found }
}

function defaultsOf(type: RecordType): Json {
  return Object.fromEntries(
    Object.entries(type.properties).map(([name, { otherwise = null }]) => [name, otherwise]),
  )
}

async function get(type: RecordType, ...[args, call]: Parameters<Run>): Promise<object> {
  const accountId = call.account(args)
  const wanted = getArgs(args, call, (name) => name === 'id' || name in type.properties)
  const { state, found } = await recordObjects(type, accountId, call)
  return gotten(wanted, found, { accountId, state })
}

/** The /changes of records that a type of its own makes. */
export function recordChanges(name: string, capability: string): Method {
  return {
    name: `${name}/changes`,
    capability,
    run: (args, call) => changes({ name }, args, call),
  }
}

async function changes(
  type: Pick<RecordType, 'name' | 'given'>,
  ...[args, call]: Parameters<Run>
): Promise<object> {
  const accountId = call.account(args)
  const { sinceState, max } = changesArgs(args)
  const news = await call.rooms.accounts.records.since(accountId, type.name, sinceState)
  if (!news) throw new MethodError('cannotCalculateChanges')
  const { state, created, updated, destroyed } = news
  if (created.length + updated.length + destroyed.length > max)
    throw new MethodError('cannotCalculateChanges')
  const states = { oldState: sinceState, newState: state.toString(), hasMoreChanges: false }
  // What is there without having been made was there before it was first changed.
  const given = type.given?.(call) ?? new Map()
  return {
    ...{ accountId, ...states, destroyed },
    created: created.filter((id) => !given.has(id)),
    updated: [...updated, ...created.filter((id) => given.has(id))],
  }
}

async function set(type: RecordType, ...[args, call]: Parameters<Run>): Promise<object> {
  const account = call.account(args)
  const { records } = call.rooms.accounts
  const place = { account, kind: type.name }
  const objects = async () => (await recordObjects(type, account, call)).found
  const put = async (id: string, { id: _, ...value }: Json) => {
    await records.change(place, [{ id, value }], [], type.max)
  }
  const verbs = {
    state: () => records.state(account, type.name),
    update: async (id: string, patch: Json) => {
      const before = (await objects()).get(id)
      if (!before) throw new SetFailure('notFound')
      const after = patched(before, patch)
      checkProperties(type, after, before)
      await type.check?.(after, call)
      await put(id, after)
      return null
    },
  }
  if (type.fixedSet) return setObjects(args, call, { ...verbs, create: single, destroy: single })
  return setObjects(args, call, {
    ...verbs,
    create: async (value: Json) => {
      const object = { ...defaultsOf(type), ...value }
      checkProperties(type, object, value)
      const ours = Object.keys(value).filter((name) => type.properties[name]?.ours)
      if (ours.length > 0) throw invalidProperties(ours)
      await type.check?.(object, call)
      const id = call.rooms.ids.next()
      await put(id, object)
      const told = Object.keys(type.properties).filter((name) => !(name in value))
      return { id, ...picked(object, told) }
    },
    destroy: async (id: string) => {
      if (type.given?.(call).has(id)) throw new SetFailure('forbidden')
      if (!(await objects()).has(id)) throw new SetFailure('notFound')
      const may = (await type.mayDestroy?.(id, call)) ?? true
      if (!may) throw new SetFailure(type.full ?? 'forbidden')
      await records.change(place, [], [id])
    },
  })
}

async function single(): Promise<never> {
  throw new SetFailure('singleton')
}

function checkProperties(type: RecordType, object: Json, before: Json): void {
  const bad = Object.keys(object).filter((name) => {
    const property = type.properties[name]
    if (!property) return name !== 'id' || object.id !== before.id
    const same = JSON.stringify(object[name]) === JSON.stringify(before[name])
    if ((property.fixed || property.ours) && !same && name in before) return true
    return !property.fits(object[name])
  })
  const missing = Object.keys(type.properties).filter(
    (name) => object[name] === null && !type.properties[name]!.fits(null),
  )
  const all = [...new Set([...bad, ...missing])]
  if (all.length > 0) throw invalidProperties(all)
}

export const isText =
  (maxChars: number) =>
  (value: unknown): boolean =>
    typeof value === 'string' && value.length <= maxChars && value.isWellFormed()

export const isBoolean = (value: unknown): boolean => typeof value === 'boolean'

export const orNull =
  (fits: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || fits(value)
