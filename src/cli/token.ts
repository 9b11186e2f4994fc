// `amplop token`: who may use the gateway of a running server without being a person.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { wholeNumber } from './numbers.ts'
import { printJson, printLine, printTable } from './print.ts'

interface Token {
  readonly id: string
  readonly name: string
  readonly senders: readonly string[]
  readonly recipients: readonly string[]
  readonly perMinute: number
}

const add = command({
  name: 'add',
  summary: 'make a token; its secret is shown this once',
  words: ['NAME'],
  options: {
    sender: {
      type: 'string',
      short: 's',
      multiple: true,
      value: 'PATTERN',
      doc: 'may send as these only: "*@example.com"; can be given again',
    },
    recipient: {
      type: 'string',
      short: 'r',
      multiple: true,
      value: 'PATTERN',
      doc: 'may send to these only; can be given again',
    },
    'per-minute': { type: 'string', short: 'm', value: 'N', doc: 'messages a minute, 0 no limit' },
    ...serverOptions,
    ...jsonOption,
  },
  more: serverMore,
  run: async (given, [name = '']) => {
    const { sender: senders = [], recipient: recipients = [] } = given
    const perMinute = wholeNumber('--per-minute', given['per-minute'] ?? '0')
    const made = await (await AdminClient.of(given)).ask<{ id: string; secret: string }>(
      'POST',
      '/tokens',
      { name, senders, recipients, perMinute },
    )
    if (given.json) printJson(made)
    else printLine(`${made.secret}\nis the secret of token ${made.id}: it is not shown again`)
    return 0
  },
})

const list = command({
  name: 'list',
  summary: 'the tokens and what they are bound to',
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const tokens = await (await AdminClient.of(given)).ask<Token[]>('GET', '/tokens')
    const bound = (patterns: readonly string[]) => patterns.join(', ') || 'any'
    if (given.json) printJson(tokens)
    else
      printTable(
        ['ID', 'NAME', 'SENDERS', 'RECIPIENTS', 'PER MINUTE'],
        tokens.map(({ id, name, senders, recipients, perMinute }) => [
          id,
          name,
          bound(senders),
          bound(recipients),
          perMinute === 0 ? 'any' : String(perMinute),
        ]),
      )
    return 0
  },
})

const remove = command({
  name: 'remove',
  summary: 'take a token back, at once',
  words: ['ID'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [id = '']) => {
    await (await AdminClient.of(given)).ask('DELETE', `/tokens/${encodeURIComponent(id)}`)
    printLine(`removed ${id}`)
    return 0
  },
})

export const token: Group = {
  name: 'token',
  summary: 'gateway tokens of a running server: add, list, remove',
  commands: [add, list, remove],
}
