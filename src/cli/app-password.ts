// `amplop user app-password`: a password for one program, so that it needs not know the owner's.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { printJson, printLine, printTable, timeText } from './print.ts'

interface AppPassword {
  readonly id: string
  readonly label: string
  readonly createdAt: number
  readonly usedAt: number
}

const pathOf = (address: string) => `/app-passwords/${encodeURIComponent(address)}`

const add = command({
  name: 'add',
  summary: 'make a password for one program; it is shown this once',
  words: ['ADDRESS', 'LABEL'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [address = '', label = '']) => {
    const server = await AdminClient.of(given)
    const made = await server.ask<{ id: string; password: string }>('POST', pathOf(address), {
      label,
    })
    if (given.json) printJson(made)
    else
      printLine(`${made.password}\nis app password ${made.id} of ${address}: it is not shown again`)
    return 0
  },
})

const list = command({
  name: 'list',
  summary: 'the app passwords of an account, and when each was used',
  words: ['ADDRESS'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [address = '']) => {
    const list = await (await AdminClient.of(given)).ask<AppPassword[]>('GET', pathOf(address))
    if (given.json) printJson(list)
    else
      printTable(
        ['ID', 'LABEL', 'SINCE', 'USED'],
        list.map(({ id, label, createdAt, usedAt }) => [
          id,
          label,
          timeText(createdAt),
          usedAt === 0 ? 'never' : timeText(usedAt),
        ]),
      )
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'take an app password back, at once',
  words: ['ADDRESS', 'ID'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '', id = '']) => {
    const path = `${pathOf(address)}?id=${encodeURIComponent(id)}`
    await (await AdminClient.of(given)).ask('DELETE', path)
    printLine(`removed ${id}`)
    return 0
  },
})

export const appPassword: Group = {
  name: 'app-password',
  summary: 'passwords for one program each: add, list, remove',
  commands: [add, list, remove],
}
