// `amplop sieve list|show|put|activate|remove`: the scripts that filter an account's mail.
import { readFile } from 'node:fs/promises'
import { accountCommand } from './account-command.ts'
import { jsonOption } from './admin-client.ts'
import { Failed } from './command.ts'
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

const list = accountCommand({
  name: 'list',
  summary: 'the scripts of an account, and which of them filters its mail',
  options: jsonOption,
  run: async (server, [address = ''], { json }) => {
    const found = await server.ask<KeptScript[]>('GET', pathOf(address))
    if (json) return printJson(found)
    printTable(
      ['NAME', 'ACTIVE', 'BYTES', 'SINCE'],
      found.map(({ name, active, bytes, at }) => [
        ...[name, active ? 'yes' : 'no', String(bytes), timeText(at)],
      ]),
    )
  },
})

const show = accountCommand({
  name: 'show',
  summary: 'print a script of an account',
  words: ['NAME'],
  options: {},
  run: async (server, [address = '', name = '']) => {
    const { content } = await server.ask<{ content: string }>('GET', namedIn(address, name))
    process.stdout.write(content)
  },
})

interface Problem {
  readonly line: number
  readonly column: number
  readonly text: string
}

const put = accountCommand({
  name: 'put',
  summary: 'keep the script of a file under a name; nothing is kept of one that is wrong',
  words: ['NAME', 'FILE'],
  options: { activate: { type: 'boolean', doc: 'let it filter the mail from now on' } },
  run: async (server, [address = '', name = '', file = ''], { activate }) => {
    const path = pathOf(address)
    const content = await readFile(file, 'utf8')
    const { problems } = await server.ask<{ problems: Problem[] }>('PUT', path, { name, content })
    for (const { line, column, text } of problems) printLine(`${file}:${line}:${column}: ${text}`)
    if (problems.length > 0) throw new Failed(`${file} is wrong, and was not kept`)
    if (activate) await server.ask('POST', path, { active: name })
    printLine(activate ? `${name} filters the mail of ${address}` : `kept ${name}`)
  },
})

const activate = accountCommand({
  name: 'activate',
  summary: 'let a script filter the mail of an account; without a name, none',
  words: ['[NAME]'],
  options: {},
  run: async (server, [address = '', name = '']) => {
    await server.ask('POST', pathOf(address), { active: name })
    printLine(`${name === '' ? 'no script filters' : `${name} filters`} the mail of ${address}`)
  },
})

const remove = accountCommand({
  name: 'remove',
  summary: 'remove a script that is not active',
  words: ['NAME'],
  options: {},
  run: async (server, [address = '', name = '']) => {
    await server.ask('DELETE', namedIn(address, name))
    printLine(`removed ${name}`)
  },
})

export const scriptCommands = [list, show, put, activate, remove]
