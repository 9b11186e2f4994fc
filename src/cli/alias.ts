// `amplop alias`: addresses of a running server that mean others.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { printJson, printLine, printTable } from './print.ts'

interface Alias {
  readonly address: string
  readonly targets: readonly string[]
}

const add = command({
  name: 'add',
  summary: 'give mail for one address to users or elsewhere; *@DOMAIN is every one that nobody has',
  words: ['ALIAS', 'ADDRESS...'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '', ...targets]) => {
    await (await AdminClient.of(given)).ask('POST', '/aliases', { address, targets })
    printLine(`added ${address} -> ${targets.join(', ')}`)
    return 0
  },
})

const list = command({
  name: 'list',
  summary: 'the aliases and whom they mean',
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const aliases = await (await AdminClient.of(given)).ask<Alias[]>('GET', '/aliases')
    if (given.json) printJson(aliases)
    else
      printTable(
        ['ALIAS', 'ADDRESSES'],
        aliases.map(({ address, targets }) => [address, targets.join(', ')]),
      )
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'take an alias away',
  words: ['ALIAS'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '']) => {
    await (await AdminClient.of(given)).ask('DELETE', `/aliases/${encodeURIComponent(address)}`)
    printLine(`removed ${address}`)
    return 0
  },
})

export const alias: Group = {
  name: 'alias',
  summary: 'aliases of a running server: add, list, remove',
  commands: [add, list, remove],
}
