// TwoFactor of the vendor capability: one object, "singleton". To be changed from a browser's
// session only, and with the password again: a browser that somebody left open is not its owner.
import { totpUri } from '../../../accounts/totp.ts'
import { Refused } from '../../../base/refused.ts'
import type { Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError, SetFailure } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'

const properties = ['id', 'isEnabled', 'recoveryCodesLeft', 'usedAt']
const issuer = 'Amplop'

async function objectOf(call: Call, account: string): Promise<Json> {
  const { on, recoveryCodesLeft, usedAt } = await call.rooms.accounts.twoFactor.state(account)
  const used = usedAt === 0 ? null : utc(usedAt)
  return { id: 'singleton', isEnabled: on, recoveryCodesLeft, usedAt: used }
}

function stateOf(object: Json): string {
  return `${object.isEnabled ? 1 : 0}${object.recoveryCodesLeft}`
}

const twoFactorGet: Method = {
  name: 'TwoFactor/get',
  capability: vendor,
  async run(args, call) {
    const accountId = call.account(args)
    const wanted = getArgs(args, call, (name) => properties.includes(name))
    const object = await objectOf(call, accountId)
    return gotten(wanted, new Map([['singleton', object]]), { accountId, state: stateOf(object) })
  },
}

const twoFactorSet: Method = {
  name: 'TwoFactor/set',
  capability: vendor,
  async run(args, call) {
    const account = call.account(args)
    if (call.asker.session === '') throw new MethodError('forbidden', 'not from a browser session')
    return setObjects(args, call, {
      state: async () => stateOf(await objectOf(call, account)),
      update: async (id, patch) => {
        if (id !== 'singleton') throw new SetFailure('notFound')
        return await change(call, account, patch)
      },
    })
  },
}

/**
 * `{begin: true, password}` tells a secret; `{isEnabled: true, code}` turns it on and tells the
 * recovery codes; `{newRecoveryCodes: true, password, code}` makes new ones; and
 * `{isEnabled: false, password, code}` turns it off.
 */
async function change(call: Call, account: string, patch: Json): Promise<Json> {
  const { begin, isEnabled, newRecoveryCodes, password, code, ...more } = patch
  if (Object.keys(more).length > 0) throw invalidProperties(Object.keys(more))
  const { twoFactor, sessions } = call.rooms.accounts
  const { login, session } = call.asker
  if (begin === true) {
    await needProof(call, password, code)
    const secret = await twoFactor.begin(account)
    return { secret, uri: totpUri(issuer, login.address, secret) }
  }
  if (isEnabled === true) {
    const recoveryCodes = await proved(twoFactor.enable(account, String(code ?? '')))
    // Who was in with the password alone comes in again with a code.
    await sessions.endAll(account, session)
    return { recoveryCodes, recoveryCodesLeft: recoveryCodes.length }
  }
  if (newRecoveryCodes === true) {
    await needProof(call, password, code)
    const recoveryCodes = await twoFactor.renewCodes(account)
    return { recoveryCodes, recoveryCodesLeft: recoveryCodes.length }
  }
  if (isEnabled !== false) throw invalidProperties(['isEnabled'])
  await needProof(call, password, code)
  await twoFactor.disable(account)
  return { recoveryCodesLeft: 0, usedAt: null }
}

/** The password, and a code where there is a generator; guesses are slowed as at the login. */
async function needProof(call: Call, password: unknown, code: unknown): Promise<void> {
  const { rooms, asker } = call
  const where = { protocol: 'http', address: asker.client, session: rooms.ids.next() }
  const given = [password, code ?? '']
  if (!given.every((each) => typeof each === 'string')) throw invalidProperties(['password'])
  const [said, more] = given as [string, string]
  const tried = await rooms.accounts.authenticator(where).person(asker.login.address, said, more)
  if (tried.is === 'refused') throw new SetFailure('forbidden', 'the password is wrong')
  if (tried.is !== 'in') throw new SetFailure('forbidden', 'the code is wrong')
}

async function proved<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refused && error.code === 'wrong-credentials')
      throw new SetFailure('forbidden', 'the code is wrong')
    throw error
  }
}

export const twoFactorMethods: readonly Method[] = [twoFactorGet, twoFactorSet]
