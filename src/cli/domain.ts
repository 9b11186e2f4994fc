// `amplop domain`: the domains whose mail a running server keeps.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { printJson, printLine, printTable, timeText } from './print.ts'

interface Domain {
  readonly name: string
  readonly addedAt: number
}

const add = command({
  name: 'add',
  summary: 'take mail for a domain',
  words: ['DOMAIN'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [name = '']) => {
    await (await AdminClient.of(given)).ask('POST', '/domains', { name })
    printLine(`added ${name}`)
    return 0
  },
})

const list = command({
  name: 'list',
  summary: 'the domains; the first is the default one',
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const domains = await (await AdminClient.of(given)).ask<Domain[]>('GET', '/domains')
    if (given.json) printJson(domains)
    else
      printTable(
        ['DOMAIN', 'SINCE'],
        domains.map(({ name, addedAt }) => [name, timeText(addedAt)]),
      )
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'take no more mail for a domain that has no users',
  words: ['DOMAIN'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [name = '']) => {
    await (await AdminClient.of(given)).ask('DELETE', `/domains/${encodeURIComponent(name)}`)
    printLine(`removed ${name}`)
    return 0
  },
})

export const domain: Group = {
  name: 'domain',
  summary: 'domains of a running server: add, list, remove',
  commands: [add, list, remove],
}
