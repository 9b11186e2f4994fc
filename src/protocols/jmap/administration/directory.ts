// Accounts, domains and aliases, for who administers the server.
import type { Json } from '../args.ts'
import { utc } from '../email/email-objects.ts'
import { invalidProperties, SetFailure } from '../errors.ts'
import type { AdminType, Asked } from './admin-type.ts'
import { idOf } from './ask.ts'
import type { AdminAccount, AdminAlias, AdminDomain } from './types.ts'

interface User {
  readonly id: string
  readonly address: string
  readonly name: string
  readonly disabled: boolean
  readonly admin: boolean
  readonly twoFactor: boolean
  readonly createdAt: number
}

type Usage = Pick<AdminAccount, 'messages' | 'bytes' | 'quotaMessages' | 'quotaBytes'>

function accountOf(user: User): Json {
  const { id, address, name, disabled, admin, twoFactor, createdAt } = user
  return {
    ...{ id, address, name, isDisabled: disabled, isAdmin: admin, hasTwoFactor: twoFactor },
    createdAt: utc(createdAt),
  } satisfies Omit<AdminAccount, keyof Usage>
}

const changeable: Readonly<Record<string, string>> = {
  ...{ password: 'password', quotaBytes: 'quotaBytes', quotaMessages: 'quotaMessages' },
  ...{ isDisabled: 'disabled', isAdmin: 'admin', hasTwoFactor: 'twoFactor' },
}

export const accountType: AdminType = {
  name: 'Account',
  properties: [
    ...['id', 'address', 'name', 'isDisabled', 'isAdmin', 'hasTwoFactor', 'createdAt'],
    ...['messages', 'bytes', 'quotaMessages', 'quotaBytes'],
  ],
  searched: ['address', 'name'],
  list: async (asked) => ((await asked.read('/users')) as readonly User[]).map(accountOf),
  whole: async (object, asked) => {
    const found = (await asked.read(`/users/${String(object.address)}`)) as Usage | undefined
    const { messages = 0, bytes = 0, quotaMessages = 0, quotaBytes = 0 } = found ?? {}
    return { ...object, messages, bytes, quotaMessages, quotaBytes }
  },
  create: async (value, asked) => {
    known(value, ['address', 'name', 'password', 'quotaBytes', 'quotaMessages'])
    const { password, ...rest } = value
    if (typeof password !== 'string') throw invalidProperties(['password'])
    const made = (await asked.change('POST', '/users', { ...rest, password })) as User
    return { ...accountOf(made), id: made.id }
  },
  update: async (object, patch, asked) => {
    known(patch, Object.keys(changeable))
    if (isOwn(object, asked) && (patch.isDisabled === true || patch.isAdmin === false))
      throw new SetFailure('forbidden', 'that would keep you out')
    const body = Object.entries(patch).map(([name, value]) => [changeable[name], value])
    await asked.change('PUT', `/users/${String(object.address)}`, Object.fromEntries(body))
    return null
  },
  destroy: async (object, asked) => {
    if (isOwn(object, asked)) throw new SetFailure('forbidden', 'that would keep you out')
    await asked.change('DELETE', `/users/${String(object.address)}`)
  },
}

function isOwn({ id }: Json, { call }: Asked): boolean {
  return id === call.asker.login.account
}

function known(given: Json, names: readonly string[]): void {
  const strange = Object.keys(given).filter((name) => !names.includes(name))
  if (strange.length > 0) throw invalidProperties(strange)
}

interface NamedDomain {
  readonly name: string
  readonly addedAt: number
}

export const domainType: AdminType = {
  name: 'Domain',
  properties: ['id', 'name', 'addedAt', 'isFixed', 'isDefault'],
  searched: ['name'],
  list: async ({ read, admin }) =>
    ((await read('/domains')) as readonly NamedDomain[]).map(
      ({ name, addedAt }, n) =>
        ({
          ...{ id: idOf(name), name, addedAt: utc(addedAt), isDefault: n === 0 },
          isFixed: admin.fixedDomains.includes(name),
        }) satisfies AdminDomain,
    ),
  create: async (value, asked) => {
    known(value, ['name'])
    await asked.change('POST', '/domains', value)
    const name = String(value.name).toLowerCase()
    return { id: idOf(name), name }
  },
  destroy: async ({ name }, asked) =>
    void (await asked.change('DELETE', `/domains/${String(name)}`)),
}

export const aliasType: AdminType = {
  name: 'Alias',
  properties: ['id', 'address', 'targets'],
  searched: ['address', 'targets'],
  list: async ({ read }) =>
    ((await read('/aliases')) as readonly Omit<AdminAlias, 'id'>[]).map(
      ({ address, targets }) => ({ id: idOf(address), address, targets }) satisfies AdminAlias,
    ),
  create: async (value, asked) => {
    known(value, ['address', 'targets'])
    await asked.change('POST', '/aliases', value)
    const all = await aliasType.list(asked)
    const said = String(value.address).toLowerCase()
    const made = all.find(
      ({ address }) => address === said || String(address).startsWith(`${said}@`),
    )
    return { ...made, id: String(made?.id ?? idOf(said)) }
  },
  destroy: async ({ address }, asked) =>
    void (await asked.change('DELETE', `/aliases/${String(address)}`)),
}
