// `amplop sieve list|show|put|activate|remove`: the scripts that filter an account's mail.
import { readFile } from 'node:fs/promises'
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, Failed } from './command.ts'
import { printJson, printLine, printTable, timeText } from './print.ts'

interface KeptScript {
  readonly name: string
  readonly active: boolean
  readonly bytes: number
  readonly at: number
}

const pathOf = (address: string) => `/scripts/${encodeURIComponent(address)}`
const namedIn = (address: string, name: string) =>
  `${pathOf(address)}?name=${encodeURIComponent(name)}`

const list = command({
  name: 'list',
  summary: 'the scripts of an account, and which of them filters its mail',
  words: ['ADDRESS'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [address = '']) => {
    const found = await (await AdminClient.of(given)).ask<KeptScript[]>('GET', pathOf(address))
    if (given.json) printJson(found)
    else
      printTable(
        ['NAME', 'ACTIVE', 'BYTES', 'SINCE'],
        found.map(({ name, active, bytes, at }) => [
          ...[name, active ? 'yes' : 'no', String(bytes), timeText(at)],
        ]),
      )
    return 0
  },
})

const show = command({
  name: 'show',
  summary: 'print a script of an account',
  words: ['ADDRESS', 'NAME'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '', name = '']) => {
    const server = await AdminClient.of(given)
    const { content } = await server.ask<{ content: string }>('GET', namedIn(address, name))
    process.stdout.write(content)
    return 0
  },
})

const put = command({
  name: 'put',
  summary: 'keep the script of a file under a name; nothing is kept of one that is wrong',
  words: ['ADDRESS', 'NAME', 'FILE'],
  options: {
    ...serverOptions,
    activate: { type: 'boolean', doc: 'let it filter the mail from now on' },
  },
  more: serverMore,
  run: async (given, [address = '', name = '', file = '']) => {
    const server = await AdminClient.of(given)
    const content = await readFile(file, 'utf8')
    const { problems } = await server.ask<{
      problems: { line: number; column: number; text: string }[]
    }>('PUT', pathOf(address), { name, content })
    for (const { line, column, text } of problems) printLine(`${file}:${line}:${column}: ${text}`)
    if (problems.length > 0) throw new Failed(`${file} is wrong, and was not kept`)
    if (given.activate) await server.ask('POST', pathOf(address), { active: name })
    printLine(given.activate ? `${name} filters the mail of ${address}` : `kept ${name}`)
    return 0
  },
})

const activate = command({
  name: 'activate',
  summary: 'let a script filter the mail of an account; without a name, none',
  words: ['ADDRESS', '[NAME]'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '', name = '']) => {
    await (await AdminClient.of(given)).ask('POST', pathOf(address), { active: name })
    const what = name === '' ? 'no script filters' : `${name} filters`
    printLine(`${what} the mail of ${address}`)
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'remove a script that is not active',
  words: ['ADDRESS', 'NAME'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [address = '', name = '']) => {
    await (await AdminClient.of(given)).ask('DELETE', namedIn(address, name))
    printLine(`removed ${name}`)
    return 0
  },
})

export const scriptCommands = [list, show, put, activate, remove]
