// PushSubscription, RFC 8620 §7.2: of no account but of credentials, and without states.
import { randomBytes } from 'node:crypto'
import { isObject, type Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { core } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'
import { areKeys, type PushKeys } from '../push/encrypt.ts'
import {
  credentialOf,
  type Subscription,
  subscriptionIn,
  subscriptionKind,
  subscriptionsOf,
} from '../push/subscriptions.ts'

const shown = ['id', 'deviceClientId', 'verificationCode', 'expires', 'types']
const hidden = ['url', 'keys']
/** RFC 8620 §7.2: 7 days at least. */
const expiresMaxMs = 30 * 86_400_000
const perAccountMax = 30
const typesMax = 50

const get: Method = {
  name: 'PushSubscription/get',
  capability: core,
  async run(args, call) {
    const asked = args.strings('properties')
    // RFC 8620 §7.2.1: they are the device's secrets.
    if (asked?.some((name) => hidden.includes(name))) throw new MethodError('forbidden')
    const wanted = getArgs(args, call, (name) => shown.includes(name))
    const found = new Map<string, Json>()
    for (const [id, subscription] of await own(call)) {
      const { deviceClientId, code, verified, expires, types } = subscription
      const verificationCode = verified ? code : null
      found.set(id, { id, deviceClientId, verificationCode, expires: utc(expires), types })
    }
    const { list, notFound } = gotten(wanted, found, { accountId: null, state: '' }) as Json
    return { list, notFound }
  },
}

const set: Method = {
  name: 'PushSubscription/set',
  capability: core,
  async run(args, call) {
    const done = await setObjects(args, call, {
      state: async () => '',
      create: (value) => create(value, call),
      update: (id, patch) => update(id, patch, call),
      destroy: async (id) => {
        if (!(await own(call)).has(id)) throw new SetFailure('notFound')
        await call.rooms.accounts.records.change(placeOf(call), [], [id])
      },
    })
    const { accountId: _, oldState: __, newState: ___, ...told } = done as Json
    return told
  },
}

/** Those that were made with the credentials of whoever asks. */
async function own(call: Call): Promise<ReadonlyMap<string, Subscription>> {
  const { rooms, asker } = call
  const credential = await credentialOf(rooms, asker)
  const kept = await subscriptionsOf(rooms.accounts.records, asker.login.account)
  const mine = kept.filter((record) => subscriptionIn(record).credential === credential)
  return new Map(mine.map((record) => [record.id, subscriptionIn(record)]))
}

function placeOf({ asker }: Call) {
  return { account: asker.login.account, kind: subscriptionKind }
}

async function create(value: Json, call: Call): Promise<Json & { readonly id: string }> {
  const { rooms, asker } = call
  const { deviceClientId, url, keys = null, types = null, expires = null, ...rest } = value
  const strange = Object.keys(rest).filter((name) => name !== 'verificationCode')
  if ((rest.verificationCode ?? null) !== null) strange.push('verificationCode')
  if (typeof deviceClientId !== 'string' || !/^.{1,255}$/s.test(deviceClientId))
    strange.push('deviceClientId')
  if (typeof url !== 'string' || url.length > 2_000 || !rooms.post.may(url)) strange.push('url')
  if (keys !== null && !isKeys(keys)) strange.push('keys')
  if (!isTypes(types)) strange.push('types')
  const until = expiryOf(expires, rooms.now())
  if (until === undefined) strange.push('expires')
  if (strange.length > 0) throw invalidProperties([...new Set(strange)])
  const subscription: Subscription = {
    ...{ deviceClientId: deviceClientId as string, url: url as string },
    ...{ keys: keys as PushKeys | null, types: types as readonly string[] | null },
    ...{ expires: until!, code: randomBytes(24).toString('base64url'), verified: false, told: '' },
    ...{ address: asker.login.address, credential: await credentialOf(rooms, asker) },
  }
  // Each makes us call somebody whom a stranger to them names.
  if (!rooms.pusher.mayVerify(asker.login.account)) throw new SetFailure('rateLimit')
  const id = rooms.ids.next()
  const kept = [{ id, value: { ...subscription } }]
  await rooms.accounts.records.change(placeOf(call), kept, [], perAccountMax)
  rooms.pusher.verify(id, subscription)
  return { id, keys, expires: utc(subscription.expires) }
}

async function update(id: string, patch: Json, call: Call): Promise<Json | null> {
  const { rooms } = call
  const before = (await own(call)).get(id)
  if (!before) throw new SetFailure('notFound')
  const { verificationCode, expires, types, ...rest } = patch
  const strange = Object.keys(rest)
  const proves = verificationCode !== undefined && verificationCode !== null
  if (proves && verificationCode !== before.code) strange.push('verificationCode')
  if (types !== undefined && !isTypes(types)) strange.push('types')
  const until = expires === undefined ? before.expires : expiryOf(expires, rooms.now())
  if (until === undefined) strange.push('expires')
  if (strange.length > 0) throw invalidProperties(strange)
  const value = {
    ...before,
    ...{ verified: before.verified || proves, expires: until! },
    ...(types === undefined ? {} : { types: types as Subscription['types'] }),
  }
  await rooms.accounts.records.change(placeOf(call), [{ id, value }])
  const said = typeof expires === 'string' ? Date.parse(expires) : until
  return said === until ? null : { expires: utc(until!) }
}

function isKeys(value: unknown): boolean {
  if (!isObject(value)) return false
  const { p256dh, auth } = value
  return typeof p256dh === 'string' && typeof auth === 'string' && areKeys({ p256dh, auth })
}

function isTypes(value: unknown): boolean {
  if (value === null) return true
  const fits = (each: unknown) => typeof each === 'string' && /^\w{1,60}$/.test(each)
  return Array.isArray(value) && value.length <= typesMax && value.every(fits)
}

/** Not later than may be; undefined for what is no time to come. */
function expiryOf(value: unknown, now: number): number | undefined {
  const latest = Math.floor((now + expiresMaxMs) / 1000) * 1000
  if (value === null) return latest
  const ms = typeof value === 'string' && value.endsWith('Z') ? Date.parse(value) : Number.NaN
  return Number.isNaN(ms) || ms <= now ? undefined : Math.min(ms, latest)
}

export const pushMethods: readonly Method[] = [get, set]
