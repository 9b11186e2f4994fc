// `amplop dkim`: the keys that a running server signs the mail of its domains with.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { printJson, printLine, printTable, timeText } from './print.ts'

interface Key {
  readonly selector: string
  readonly algorithm: string
  readonly state: 'waiting' | 'active' | 'retired'
  readonly madeAt: number
  readonly name: string
  readonly record: string
  readonly published: 'yes' | 'no' | 'other' | 'unknown'
}

const options = { ...serverOptions, ...jsonOption }
const pathOf = (domain: string) => `/dkim/${encodeURIComponent(domain)}`

const show = command({
  name: 'show',
  summary: 'the keys of a domain, and the records to publish',
  words: ['DOMAIN'],
  options,
  more: serverMore,
  run: async (given, [domain = '']) => {
    print(await (await AdminClient.of(given)).ask<Key[]>('GET', pathOf(domain)), given.json)
    return 0
  },
})

const rotate = command({
  name: 'rotate',
  summary: 'make new keys, which sign as soon as their records are found',
  words: ['DOMAIN'],
  options,
  more: serverMore,
  run: async (given, [domain = '']) => {
    print(await (await AdminClient.of(given)).ask<Key[]>('POST', pathOf(domain)), given.json)
    return 0
  },
})

const use = command({
  name: 'use',
  summary: 'sign with the new keys from now on',
  words: ['DOMAIN'],
  options: { ...options, unseen: { type: 'boolean', doc: 'even if their records are not found' } },
  more: serverMore,
  run: async (given, [domain = '']) => {
    const unseen = given.unseen === true
    const client = await AdminClient.of(given)
    print(await client.ask<Key[]>('PUT', pathOf(domain), { unseen }), given.json)
    return 0
  },
})

function print(keys: readonly Key[], asJson: boolean | undefined): void {
  if (asJson) {
    printJson(keys)
    return
  }
  if (keys.length === 0) printLine('no keys yet: amplop dkim rotate DOMAIN makes them')
  else
    printTable(
      ['SELECTOR', 'ALGORITHM', 'STATE', 'MADE', 'PUBLISHED'],
      keys.map(({ selector, algorithm, state, madeAt, published }) => [
        ...[selector, algorithm, state, timeText(madeAt), published],
      ]),
    )
  for (const { name, record, state, published } of keys)
    if (state !== 'retired' && published !== 'yes') printLine(`\n${zoneLine(name, record)}`)
}

/** RFC 1035 §3.3: a character string has at most 255 octets. */
function zoneLine(name: string, record: string): string {
  const strings = record.match(/.{1,255}/g) ?? []
  return `${name}. IN TXT ( ${strings.map((one) => `"${one}"`).join(' ')} )`
}

export const dkim: Group = {
  name: 'dkim',
  summary: 'keys that domains sign with: show, rotate, use',
  commands: [show, rotate, use],
}
