// `amplop user`: the people whose mail a running server keeps.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { appPassword } from './app-password.ts'
import { command, Failed, type Group, Misused, type Options } from './command.ts'
import { sizeBytes, wholeNumber } from './numbers.ts'
import { askPassword, confirmed, passwordOptions } from './password.ts'
import { bytesText, printJson, printLine, printTable, timeText } from './print.ts'

interface User {
  readonly id: string
  readonly address: string
  readonly name: string
  readonly disabled: boolean
  readonly twoFactor: boolean
  readonly admin: boolean
  readonly createdAt: number
}

interface Usage {
  readonly messages: number
  readonly bytes: number
  readonly quotaMessages: number
  readonly quotaBytes: number
}

const quotaOptions = {
  quota: { type: 'string', short: 'q', value: 'SIZE', doc: 'room for mail: 500M, 2G; 0 no limit' },
  'quota-messages': { type: 'string', value: 'N', doc: 'messages it may hold; 0 no limit' },
} as const satisfies Options

interface QuotaGiven {
  readonly quota?: string | undefined
  readonly 'quota-messages'?: string | undefined
}

function quotaOf({ quota, 'quota-messages': messages }: QuotaGiven) {
  return {
    ...(quota !== undefined && { quotaBytes: sizeBytes('--quota', quota) }),
    ...(messages !== undefined && { quotaMessages: wholeNumber('--quota-messages', messages) }),
  }
}

const pathOf = (address: string) => `/users/${encodeURIComponent(address)}`

const add = command({
  name: 'add',
  summary: 'make an account; asks for its password',
  words: ['ADDRESS'],
  options: {
    name: { type: 'string', short: 'n', value: 'NAME', doc: 'what people call the person' },
    ...passwordOptions,
    ...quotaOptions,
    ...serverOptions,
    ...jsonOption,
  },
  more: serverMore,
  run: async (given, [address = '']) => {
    const { name = '' } = given
    const quota = quotaOf(given)
    const server = await AdminClient.of(given)
    const password = await askPassword(given['password-stdin'] === true)
    const made = await server.ask<User>('POST', '/users', { address, name, password, ...quota })
    if (given.json) printJson(made)
    else printLine(`added ${made.address}`)
    return 0
  },
})

const list = command({
  name: 'list',
  summary: 'the accounts',
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const users = await (await AdminClient.of(given)).ask<User[]>('GET', '/users')
    if (given.json) printJson(users)
    else
      printTable(
        ['ADDRESS', 'NAME', 'SINCE', ''],
        users.map(({ address, name, createdAt, disabled, admin }) => [
          address,
          name,
          timeText(createdAt),
          [disabled ? 'disabled' : '', admin ? 'admin' : ''].join(' ').trim(),
        ]),
      )
    return 0
  },
})

const show = command({
  name: 'show',
  summary: 'one account, and how much mail it has',
  words: ['ADDRESS'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [address = '']) => {
    const user = await (await AdminClient.of(given)).ask<User & Usage>('GET', pathOf(address))
    if (given.json) printJson(user)
    else {
      const { messages, bytes, quotaMessages, quotaBytes } = user
      const of = (limit: string) => (limit === '' ? '' : ` of ${limit}`)
      printTable(
        ['ADDRESS', user.address],
        [
          ['name', user.name],
          ['since', timeText(user.createdAt)],
          ['state', user.disabled ? 'disabled' : 'active'],
          ['administers', user.admin ? 'yes' : 'no'],
          ['two-factor', user.twoFactor ? 'on' : 'off'],
          ['messages', `${messages}${of(quotaMessages === 0 ? '' : String(quotaMessages))}`],
          ['size', `${bytesText(bytes)}${of(quotaBytes === 0 ? '' : bytesText(quotaBytes))}`],
        ],
      )
    }
    return 0
  },
})

const set = command({
  name: 'set',
  summary: "change an account's password, quota or state",
  words: ['ADDRESS'],
  options: {
    password: { type: 'boolean', short: 'p', doc: 'ask for a new password' },
    ...passwordOptions,
    ...quotaOptions,
    disable: { type: 'boolean', doc: 'neither receive nor log in' },
    enable: { type: 'boolean', doc: 'the opposite' },
    admin: { type: 'boolean', doc: 'administer this server in a browser' },
    'no-admin': { type: 'boolean', doc: 'the opposite' },
    'reset-two-factor': { type: 'boolean', doc: 'turn it off for who lost it' },
    ...serverOptions,
  },
  more: serverMore,
  run: async (given, [address = '']) => {
    const { disable, enable, password, admin } = given
    if (admin && given['no-admin']) throw new Misused('--admin and --no-admin exclude each other')
    if (disable && enable) throw new Misused('--disable and --enable exclude each other')
    const fromInput = given['password-stdin'] === true
    const change = {
      ...quotaOf(given),
      ...((disable || enable) && { disabled: disable === true }),
      ...((admin || given['no-admin']) && { admin: admin === true }),
      ...(given['reset-two-factor'] && { twoFactor: false }),
    }
    if (Object.keys(change).length === 0 && !password && !fromInput)
      throw new Misused('nothing to change: give --password, --quota, --disable, --admin …')
    const server = await AdminClient.of(given)
    const secret = password || fromInput ? { password: await askPassword(fromInput) } : {}
    await server.ask('PUT', pathOf(address), { ...change, ...secret })
    printLine(`changed ${address}`)
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'remove an account with all its mail',
  words: ['ADDRESS'],
  options: {
    yes: { type: 'boolean', short: 'y', doc: 'do not ask' },
    ...serverOptions,
  },
  more: serverMore,
  run: async (given, [address = '']) => {
    const server = await AdminClient.of(given)
    if (!given.yes && !(await confirmed(`Remove ${address} and all its mail?`)))
      throw new Failed('nothing was removed')
    await server.ask('DELETE', pathOf(address))
    printLine(`removed ${address}`)
    return 0
  },
})

export const user: Group = {
  name: 'user',
  summary: 'accounts of a running server: add, list, show, set, remove, app-password',
  commands: [add, list, show, set, remove, appPassword],
}
