// SieveScript, RFC 9661: the account's filter scripts, the same that ManageSieve keeps.

import { createHash } from 'node:crypto'
import type { KeptScript } from '../../../delivery/scripts.ts'
import type { Args, Json } from '../args.ts'
import { blobIdOfScript } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Call, Method } from '../call.ts'
import { sieve } from '../capabilities.ts'
import { invalidProperties, MethodError, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { queryResponse } from '../query-page.ts'
import { Access } from '../sharing/access.ts'

const properties = ['id', 'name', 'blobId', 'isActive']

const scriptGet: Method = {
  name: 'SieveScript/get',
  capability: sieve,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const [list, digests] = [await kept(call), await call.rooms.scripts.digests(accountId)]
    const found = new Map(
      list.map(({ id, name, active }): [string, Json] => [
        id,
        { id, name, blobId: blobIdOfScript(digests.get(name) ?? ''), isActive: active },
      ]),
    )
    return gotten(wanted, found, { accountId, state: stateOf(list) })
  },
}

const scriptSet: Method = {
  name: 'SieveScript/set',
  capability: sieve,
  async run(args, call) {
    const accountId = call.account(args)
    const { scripts } = call.rooms
    const response = (await setObjects(args, call, {
      state: async () => stateOf(await kept(call)),
      create: (value) => create(call, value),
      update: async (id, patch) => {
        const before = await needed(call, id)
        const strange = Object.keys(patch).filter((name) => name !== 'name' && name !== 'blobId')
        if (strange.length > 0) throw invalidProperties(strange)
        const content = 'blobId' in patch ? await textOf(call, patch.blobId) : undefined
        if ('name' in patch && patch.name !== before.name) await rename(call, before, patch.name)
        const { name } = await needed(call, id)
        if (content !== undefined) await put(call, name, content)
        return null
      },
      destroy: async (id) => {
        const { name, active } = await needed(call, id)
        if (active) throw new SetFailure('sieveIsActive')
        await scripts.removed(accountId, name)
      },
    })) as Json
    return activated(args, call, response)
  },
}

/** RFC 9661 §2.4: only where all else that was asked for is done. */
async function activated(args: Args, call: Call, response: Json): Promise<object> {
  const failed = ['notCreated', 'notUpdated', 'notDestroyed'].some((name) => response[name])
  const asked = args.has('onSuccessActivateScript') ? args.string('onSuccessActivateScript') : ''
  const off = args.has('onSuccessDeactivateScript') && args.boolean('onSuccessDeactivateScript')
  if (failed || (asked === '' && !off)) return response
  const { scripts } = call.rooms
  const account = call.asker.login.account
  const before = await kept(call)
  const wanted = before.find(({ id }) => id === (call.resolved(asked) ?? asked))
  // RFC 9661 §2.4: what is not there is not activated, and nothing else is said of it.
  if (asked !== '' && !wanted) return response
  await scripts.activate(account, wanted?.name ?? '')
  const after = await kept(call)
  const changed = after.filter(
    ({ id, active }) => before.find((one) => one.id === id)?.active !== active,
  )
  const told = Object.fromEntries(changed.map(({ id, active }) => [id, { isActive: active }]))
  const updated = { ...(response.updated as Json | null), ...told }
  return {
    ...response,
    newState: stateOf(after),
    updated: Object.keys(updated).length > 0 ? updated : null,
  }
}

const conditions = ['name', 'isActive']

const scriptQuery: Method = {
  name: 'SieveScript/query',
  capability: sieve,
  async run(args, call) {
    const accountId = call.account(args)
    const filter = args.object('filter') ?? {}
    const strange = Object.keys(filter).find((name) => !conditions.includes(name))
    if (strange !== undefined) throw new MethodError('unsupportedFilter', strange.slice(0, 100))
    const { name, isActive } = filter
    const all = await kept(call)
    const fits = all.filter(
      (one) =>
        (typeof name !== 'string' || one.name.toLowerCase().includes(name.toLowerCase())) &&
        (typeof isActive !== 'boolean' || one.active === isActive),
    )
    const ids = sorted(args, fits).map(({ id }) => id)
    const told = { accountId, queryState: stateOf(all), canCalculate: false }
    return queryResponse(args, ids, told)
  },
}

function sorted(args: Args, list: readonly KeptScript[]): readonly KeptScript[] {
  const orders = (args.objects('sort') ?? []).map(({ property, isAscending = true }) => {
    if (property !== 'name' && property !== 'isActive')
      throw new MethodError('unsupportedSort', String(property).slice(0, 100))
    const sign = isAscending === false ? -1 : 1
    return (a: KeptScript, b: KeptScript) =>
      sign *
      (property === 'name'
        ? a.name < b.name
          ? -1
          : Number(a.name > b.name)
        : Number(a.active) - Number(b.active))
  })
  const order = (a: KeptScript, b: KeptScript) =>
    orders.reduce((sum, one) => sum || one(a, b), 0) || (a.id < b.id ? -1 : 1)
  return [...list].sort(order)
}

const scriptValidate: Method = {
  name: 'SieveScript/validate',
  capability: sieve,
  async run(args, call) {
    const accountId = call.account(args)
    try {
      const problems = call.rooms.scripts.check(await textOf(call, args.string('blobId')))
      return { accountId, error: problems.length > 0 ? invalid(problems).json : null }
    } catch (error) {
      if (!(error instanceof SetFailure)) throw error
      return { accountId, error: error.json }
    }
  },
}

async function create(call: Call, value: Json): Promise<Json & { readonly id: string }> {
  const strange = Object.keys(value).filter((name) => name !== 'name' && name !== 'blobId')
  if (strange.length > 0) throw invalidProperties(strange)
  const content = await textOf(call, value.blobId)
  const given = value.name ?? null
  if (given !== null && typeof given !== 'string') throw invalidProperties(['name'])
  const name = given ?? `script-${call.rooms.ids.next()}`
  await unused(call, name)
  await put(call, name, content)
  const made = (await kept(call)).find((one) => one.name === name.normalize('NFC'))
  if (!made) throw new Error(`the script ${name} is gone`)
  const { id } = made
  const told = given === null ? { name } : {}
  const digests = await call.rooms.scripts.digests(call.asker.login.account)
  return { id, ...told, blobId: blobIdOfScript(digests.get(made.name) ?? ''), isActive: false }
}

async function rename(call: Call, { name }: KeptScript, wanted: unknown): Promise<void> {
  if (typeof wanted !== 'string') throw invalidProperties(['name'])
  await unused(call, wanted)
  await call.rooms.scripts.rename(call.asker.login.account, name, wanted)
}

/** RFC 9661 §2.4: names are one script's each. */
async function unused(call: Call, name: string): Promise<void> {
  const other = (await kept(call)).find((one) => one.name === name.normalize('NFC'))
  if (other) throw new SetFailure('alreadyExists', '', { existingId: other.id })
}

async function put(call: Call, name: string, content: string): Promise<void> {
  const problems = await call.rooms.scripts.put(call.asker.login.account, name, content)
  if (problems.length > 0) throw invalid(problems)
}

function invalid(problems: readonly { line: number; column: number; text: string }[]): SetFailure {
  const said = problems.map(({ line, column, text }) => `${line}:${column}: ${text}`)
  return new SetFailure('invalidSieve', said.join('\n'))
}

async function textOf(call: Call, said: unknown): Promise<string> {
  if (typeof said !== 'string') throw invalidProperties(['blobId'])
  const id = call.mustResolve(said, 'blobId')
  const found = await findBlob(call.rooms, Access.own(call.asker.login.account), id)
  if (!found) throw new SetFailure('blobNotFound', '', { notFound: [id.slice(0, 255)] })
  const bytes = await found.whole()
  if (bytes.length > call.rooms.scripts.sizeMaxBytes)
    throw new SetFailure('tooLarge', '', { maxSize: call.rooms.scripts.sizeMaxBytes })
  return bytes.toString('utf8')
}

async function needed(call: Call, id: string): Promise<KeptScript> {
  const found = (await kept(call)).find((one) => one.id === id)
  if (!found) throw new SetFailure('notFound')
  return found
}

function kept({ rooms, asker }: Call): Promise<readonly KeptScript[]> {
  return rooms.scripts.list(asker.login.account)
}

function stateOf(list: readonly KeptScript[]): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('hex').slice(0, 20)
}

export const sieveMethods: readonly Method[] = [scriptGet, scriptSet, scriptQuery, scriptValidate]
