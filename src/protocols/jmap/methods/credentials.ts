// A person's own ways in, of the vendor capability: sessions of browsers, and app passwords. To be
// changed from a browser's session only: an app password lets nobody make another.
import type { Json } from '../args.ts'
import type { Call, Method } from '../call.ts'
import { vendor } from '../capabilities.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, MethodError } from '../errors.ts'
import { getArgs, gotten, setObjects } from '../objects.ts'

const sessionProperties = ['id', 'createdAt', 'usedAt', 'client', 'agent', 'isCurrent']
const passwordProperties = ['id', 'label', 'createdAt', 'usedAt']

function stateOf(found: ReadonlyMap<string, Json>): string {
  return [...found.keys()].sort().at(-1) ?? '0'
}

function needSession(call: Call): void {
  if (call.asker.session === '') throw new MethodError('forbidden', 'not from a browser session')
}

async function sessionsOf(call: Call): Promise<Map<string, Json>> {
  const { session, login } = call.asker
  const list = await call.rooms.accounts.sessions.list(login.account)
  return new Map(
    list.map(({ id, createdAt, usedAt, client, agent }) => [
      id,
      {
        ...{ id, createdAt: utc(createdAt), usedAt: utc(usedAt), client, agent },
        isCurrent: id === session,
      },
    ]),
  )
}

interface Named {
  readonly id: string
  readonly label: string
  readonly createdAt: number
  /** 0: never. */
  readonly usedAt: number
}

function namedObject({ id, label, createdAt, usedAt }: Named): Json {
  return { id, label, createdAt: utc(createdAt), usedAt: usedAt === 0 ? null : utc(usedAt) }
}

async function passwordsOf(call: Call): Promise<Map<string, Json>> {
  const list = await call.rooms.accounts.appPasswords.list(call.asker.login.address)
  return new Map(list.map((each) => [each.id, namedObject(each)]))
}

function getMethod(
  name: string,
  properties: readonly string[],
  objects: (call: Call) => Promise<Map<string, Json>>,
): Method {
  return {
    name,
    capability: vendor,
    async run(args, call) {
      const accountId = call.account(args)
      const wanted = getArgs(args, call, (each) => properties.includes(each))
      const found = await objects(call)
      return gotten(wanted, found, { accountId, state: stateOf(found) })
    },
  }
}

/** What can only be ended. */
function endMethod(
  name: string,
  objects: (call: Call) => Promise<Map<string, Json>>,
  end: (call: Call, account: string, id: string) => Promise<void>,
): Method {
  return {
    name,
    capability: vendor,
    async run(args, call) {
      const account = call.account(args)
      needSession(call)
      return setObjects(args, call, {
        state: async () => stateOf(await objects(call)),
        destroy: (id) => end(call, account, id),
      })
    },
  }
}

async function passkeysOf(call: Call): Promise<Map<string, Json>> {
  const list = await call.rooms.accounts.passkeys.list(call.asker.login.account)
  return new Map(list.map((each) => [each.id, namedObject(each)]))
}

const passwordSet: Method = {
  name: 'AppPassword/set',
  capability: vendor,
  async run(args, call) {
    call.account(args)
    needSession(call)
    const { address } = call.asker.login
    const { appPasswords } = call.rooms.accounts
    return setObjects(args, call, {
      state: async () => stateOf(await passwordsOf(call)),
      create: async ({ label, ...more }) => {
        if (typeof label !== 'string' || Object.keys(more).length > 0)
          throw invalidProperties(['label'])
        const { id, password } = await appPasswords.add(address, label)
        return { id, password }
      },
      destroy: (id) => appPasswords.remove(address, id),
    })
  },
}

export const credentialMethods: readonly Method[] = [
  getMethod('LoginSession/get', sessionProperties, sessionsOf),
  endMethod('LoginSession/set', sessionsOf, ({ rooms }, account, id) =>
    rooms.accounts.sessions.end(account, id),
  ),
  getMethod('AppPassword/get', passwordProperties, passwordsOf),
  passwordSet,
  getMethod('Passkey/get', passwordProperties, passkeysOf),
  endMethod('Passkey/set', passkeysOf, ({ rooms }, account, id) =>
    rooms.accounts.passkeys.remove(account, id),
  ),
]
