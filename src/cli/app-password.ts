// `amplop user app-password`: a password for one program, so that it needs not know the owner's.
import { accountCommand } from './account-command.ts'
import { jsonOption } from './admin-client.ts'
import type { Group } from './command.ts'
import { printJson, printLine, printTable, timeText } from './print.ts'

interface AppPassword {
  readonly id: string
  readonly label: string
  readonly createdAt: number
  readonly usedAt: number
}

const pathOf = (address: string) => `/app-passwords/${encodeURIComponent(address)}`

const add = accountCommand({
  name: 'add',
  summary: 'make a password for one program; it is shown this once',
  words: ['LABEL'],
  options: jsonOption,
  run: async (server, [address = '', label = ''], { json }) => {
    const made = await server.ask<{ id: string; password: string }>('POST', pathOf(address), {
      label,
    })
    if (json) printJson(made)
    else
      printLine(`${made.password}\nis app password ${made.id} of ${address}: it is not shown again`)
  },
})

const list = accountCommand({
  name: 'list',
  summary: 'the app passwords of an account, and when each was used',
  options: jsonOption,
  run: async (server, [address = ''], { json }) => {
    const list = await server.ask<AppPassword[]>('GET', pathOf(address))
    if (json) printJson(list)
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
  },
})

const remove = accountCommand({
  name: 'remove',
  summary: 'take an app password back, at once',
  words: ['ID'],
  options: {},
  run: async (server, [address = '', id = '']) => {
    await server.ask('DELETE', `${pathOf(address)}?id=${encodeURIComponent(id)}`)
    printLine(`removed ${id}`)
  },
})

export const appPassword: Group = {
  name: 'app-password',
  summary: 'passwords for one program each: add, list, remove',
  commands: [add, list, remove],
}
