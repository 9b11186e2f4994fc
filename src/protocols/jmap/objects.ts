// What /get, /changes and /set have in common for every type (RFC 8620 §5.1 to §5.3).
import type { Args, Json } from './args.ts'
import { idForm, isObject } from './args.ts'
import type { Call } from './call.ts'
import { MethodError, SetFailure, setErrorOf } from './errors.ts'
import { limits } from './limits.ts'

export interface GetArgs {
  /** undefined is all of them. */
  readonly ids: readonly string[] | undefined
  /** undefined is the type's own choice; "id" is always among them. */
  readonly properties: readonly string[] | undefined
}

/** @throws MethodError for a property that the type does not have, and for too many ids */
export function getArgs(args: Args, call: Call, known: (property: string) => boolean): GetArgs {
  const asked = args.strings('ids')
  if (asked && asked.length > limits.maxObjectsInGet) throw new MethodError('requestTooLarge')
  const properties = args.strings('properties')
  const strange = properties?.find((property) => !known(property))
  if (strange !== undefined)
    throw new MethodError('invalidArguments', `no property ${strange.slice(0, 100)}`, {
      arguments: ['properties'],
    })
  // RFC 8620 §5.1: an id that was given twice is told once.
  const ids = asked && [...new Set(asked.map((id) => call.resolved(id) ?? id))]
  return { ids, properties: properties && [...new Set(['id', ...properties])] }
}

/** The object with those properties only. */
export function picked(object: Json, properties: readonly string[] | undefined): Json {
  if (!properties) return object
  return Object.fromEntries(
    properties.filter((name) => name in object).map((name) => [name, object[name]]),
  )
}

/** A /get response over objects that are all at hand. */
export function gotten(
  { ids, properties }: GetArgs,
  found: ReadonlyMap<string, Json>,
  { accountId, state }: { readonly accountId: string | null; readonly state: string },
): object {
  const wanted = ids ?? [...found.keys()]
  if (wanted.length > limits.maxObjectsInGet) throw new MethodError('requestTooLarge')
  const list = wanted.flatMap((id) => {
    const object = found.get(id)
    return object ? [picked(object, properties)] : []
  })
  const notFound = wanted.filter((id) => !found.has(id))
  return { accountId, state, list, notFound }
}

export interface ChangesArgs {
  readonly sinceState: string
  readonly max: number
}

export const changesMax = 5_000

export function changesArgs(args: Args): ChangesArgs {
  const sinceState = args.string('sinceState')
  const max = args.uint('maxChanges')
  if (max === 0) throw new MethodError('invalidArguments', 'maxChanges is more than 0')
  return { sinceState, max: Math.min(max ?? changesMax, changesMax) }
}

/** A state that is a modseq. @throws MethodError 'cannotCalculateChanges' */
export function modseqOfState(state: string): number {
  if (/^\d{1,15}$/.test(state)) return Number(state)
  throw new MethodError('cannotCalculateChanges')
}

/** How one type is set. What each throws is told of that object alone. */
export interface SetVerbs {
  state(): Promise<string>
  /** What the client does not know of the new object, its id first. */
  create?(value: Json, creationId: string): Promise<Json & { readonly id: string }>
  /** What changed beside what was asked for, or null. */
  update?(id: string, patch: Json): Promise<Json | null>
  destroy?(id: string): Promise<void>
}

interface SetOutcome {
  created: Record<string, Json>
  updated: Record<string, Json | null>
  destroyed: string[]
  notCreated: Record<string, object>
  notUpdated: Record<string, object>
  notDestroyed: Record<string, object>
}

/** Runs a /set: creations first, then updates, then destructions. */
export async function setObjects(args: Args, call: Call, verbs: SetVerbs): Promise<object> {
  const [create, update] = [args.map('create'), args.map('update')]
  const destroy = args.strings('destroy') ?? []
  if (create.size + update.size + destroy.length > limits.maxObjectsInSet)
    throw new MethodError('requestTooLarge')
  const oldState = await verbs.state()
  const wanted = args.has('ifInState') ? args.string('ifInState') : oldState
  if (wanted !== oldState) throw new MethodError('stateMismatch')
  const done: SetOutcome = {
    ...{ created: {}, updated: {}, destroyed: [] },
    ...{ notCreated: {}, notUpdated: {}, notDestroyed: {} },
  }
  await createAll(create, call, { verbs, done })
  const destroyed = new Set(destroy.map((id) => call.resolved(id) ?? id))
  await inTurn([...update], async ([given, patch]) => {
    const id = call.resolved(given) ?? given
    await outcome(done.notUpdated, id, async () => {
      if (destroyed.has(id)) throw new SetFailure('willDestroy')
      if (!verbs.update) throw new SetFailure('forbidden')
      done.updated[id] = await verbs.update(idOrMissing(id), patch)
    })
  })
  await inTurn([...destroyed], async (id) => {
    await outcome(done.notDestroyed, id, async () => {
      if (!verbs.destroy) throw new SetFailure('forbidden')
      await verbs.destroy(idOrMissing(id))
      done.destroyed.push(id)
    })
  })
  const filled = Object.entries(done).map(([name, value]) => [name, orNull(value)])
  const states = { oldState, newState: await verbs.state() }
  return { accountId: args.given.accountId ?? null, ...states, ...Object.fromEntries(filled) }
}

function orNull(value: object): object | null {
  return Object.keys(value).length === 0 ? null : value
}

function idOrMissing(id: string): string {
  if (!idForm.test(id)) throw new SetFailure('notFound')
  return id
}

/** So many at once: the writer takes them together. */
const atOnce = 50

async function inTurn<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < all.length; from += atOnce)
    await Promise.all(all.slice(from, from + atOnce).map(each))
}

/** One after the other, those first that need none of the others (RFC 8620 §5.3). */
async function createAll(
  create: ReadonlyMap<string, Json>,
  call: Call,
  { verbs, done }: { readonly verbs: SetVerbs; readonly done: SetOutcome },
): Promise<void> {
  const waiting = new Map(create)
  while (waiting.size > 0) {
    const ready = [...waiting].find(([id, value]) => !needsAny(value, waiting, id))
    const [creationId, value] = ready ?? [...waiting][0]!
    waiting.delete(creationId)
    await outcome(done.notCreated, creationId, async () => {
      if (!verbs.create) throw new SetFailure('forbidden')
      const made = await verbs.create(value, creationId)
      call.created.set(creationId, made.id)
      done.created[creationId] = made
    })
  }
}

function needsAny(value: unknown, waiting: ReadonlyMap<string, Json>, own: string): boolean {
  if (typeof value === 'string')
    return value.startsWith('#') && value.slice(1) !== own && waiting.has(value.slice(1))
  if (Array.isArray(value)) return value.some((each) => needsAny(each, waiting, own))
  if (!isObject(value)) return false
  return Object.entries(value).some(
    ([name, each]) => needsAny(name, waiting, own) || needsAny(each, waiting, own),
  )
}

async function outcome(
  failures: Record<string, object>,
  id: string,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (error) {
    const known = setErrorOf(error)
    if (!known) throw error
    failures[id] = known
  }
}

/** RFC 8620 §5.3: a patch applied to an object as it is. @throws SetFailure 'invalidPatch' */
export function patched(object: Json, patch: Json): Json {
  const result = structuredClone(object) as Record<string, unknown>
  const paths = Object.keys(patch)
  for (const path of paths) {
    if (paths.some((other) => other !== path && other.startsWith(`${path}/`)))
      throw new SetFailure('invalidPatch', `${path} is patched twice`)
    const words = path.split('/').map((word) => word.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = words.pop()!
    let at: Record<string, unknown> = result
    for (const word of words) {
      const next = at[word]
      if (!isObject(next)) throw new SetFailure('invalidPatch', `nothing at ${path}`)
      at = next as Record<string, unknown>
    }
    if (patch[path] === null && words.length > 0) delete at[last]
    else at[last] = patch[path]
  }
  return result
}
