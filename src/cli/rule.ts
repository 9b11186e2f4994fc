// `amplop rule`: what is done with an account's mail, in sentences, without a script.
import { accountCommand } from './account-command.ts'
import { jsonOption } from './admin-client.ts'
import type { Group } from './command.ts'
import { clean, printJson, printLine, printTable } from './print.ts'

interface SaidRule {
  readonly id: string
  readonly name: string
  readonly isEnabled: boolean
  readonly sentence: string
}

interface Ran {
  readonly looked: number
  readonly changed: number
  readonly next: number | null
}

const pathOf = (address: string) => `/rules/${encodeURIComponent(address)}`

const list = accountCommand({
  name: 'list',
  summary: "the rules of a user's mail, in their order",
  options: {
    ...jsonOption,
    script: { type: 'boolean', doc: 'print the Sieve script that is made of them' },
  },
  run: async (server, [address = ''], given) => {
    const path = pathOf(address)
    const { rules, script } = await server.ask<{ rules: SaidRule[]; script: string }>('GET', path)
    if (given.json) printJson(rules)
    else if (given.script) process.stdout.write(script)
    else
      printTable(
        ['ID', 'NAME', 'ON', 'RULE'],
        rules.map(({ id, name, isEnabled, sentence }) => [
          ...[id, name, isEnabled ? 'yes' : 'no', sentence],
        ]),
      )
  },
})

const add = accountCommand({
  name: 'add',
  summary: 'add a rule below the others',
  words: ['SENTENCE'],
  options: { name: { type: 'string', value: 'TEXT', doc: 'what traces call it' } },
  more: [
    'A sentence is "if CONDITION [and|or CONDITION...] then ACTION[, ACTION...]", or "always then …".',
    'Conditions: from, to, subject, list or header NAME, with contains, is, starts with or ends with',
    'and a text; body contains TEXT; larger than 5 mb; smaller than 20 k; has attachment; header NAME',
    'exists. "not" may stand before each.',
    'Actions: move to MAILBOX, copy to MAILBOX, label WORD, star, mark read, archive, junk, trash,',
    'forward to ADDRESS, discard, reject with TEXT. With "continue", the rules below are asked too.',
    '  amplop rule add ana@example.com "if from ends with @boss.example then move to Work, star"',
  ].join('\n'),
  run: async (server, [address = '', sentence = ''], given) => {
    const body = { name: given.name ?? '', sentence }
    const { id } = await server.ask<{ id: string }>('POST', pathOf(address), body)
    printLine(`added rule ${id}`)
  },
})

const remove = accountCommand({
  name: 'remove',
  summary: 'remove a rule',
  words: ['ID'],
  options: {},
  run: async (server, [address = '', id = '']) => {
    await server.ask('DELETE', `${pathOf(address)}?id=${encodeURIComponent(id)}`)
    printLine(`removed rule ${clean(id)}`)
  },
})

const runRules = accountCommand({
  name: 'run',
  summary: 'do to mail that is there what the rules say; nothing is sent',
  words: ['[ID...]'],
  options: { mailbox: { type: 'string', value: 'NAME', doc: 'the mailbox; INBOX without' } },
  more: 'With IDs, only those rules, switched on or not.',
  run: async (server, [address = '', ...ids], { mailbox = 'INBOX' }) => {
    const some = ids.length > 0 ? { ids } : {}
    let [looked, changed] = [0, 0]
    for (let after: number | null = 0; after !== null; ) {
      const ran: Ran = await server.ask('PUT', pathOf(address), { mailbox, after, ...some })
      looked += ran.looked
      changed += ran.changed
      after = ran.next
    }
    printLine(`${changed} of ${looked} messages changed`)
  },
})

export const rule: Group = {
  name: 'rule',
  summary: "rules for an account's mail, in sentences: list, add, remove, run",
  commands: [list, add, remove, runRules],
}
