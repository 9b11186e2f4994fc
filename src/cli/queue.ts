// `amplop queue`: what a running server still owes to others.
import type { Trace } from '../app/new-traces.ts'
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group, Misused } from './command.ts'
import { wholeNumber } from './numbers.ts'
import {
  bytesText,
  clean,
  durationText,
  printJson,
  printLine,
  printTable,
  timeText,
} from './print.ts'
import { lifeOf } from './trace.ts'

interface Entry {
  readonly id: string
  readonly message: string
  readonly state: string
  readonly destination: string
  readonly sender: string
  readonly recipients: readonly { readonly address: string }[]
  readonly size: number
  readonly entered: number
  readonly attempts: number
  readonly next: number
  readonly last: string
}

interface Page {
  readonly entries: readonly Entry[]
  readonly after: string
}

const filterOptions = {
  sender: { type: 'string', value: 'ADDRESS', doc: 'only of this sender; "<>" are reports' },
  to: { type: 'string', value: 'DOMAIN', doc: 'only to this destination' },
  state: { type: 'string', value: 'STATE', doc: 'only waiting, active or held' },
} as const

interface FilterGiven {
  readonly sender?: string | undefined
  readonly to?: string | undefined
  readonly state?: string | undefined
}

function filterOf({ sender = '', to = '', state = '' }: FilterGiven) {
  return { sender, destination: to, state }
}

const list = command({
  name: 'list',
  summary: 'what is owed to other servers, oldest first',
  options: {
    number: { type: 'string', short: 'n', value: 'N', doc: 'at most so many (100)' },
    ...filterOptions,
    ...serverOptions,
    ...jsonOption,
  },
  more: serverMore,
  run: async (given) => {
    const limit = wholeNumber('--number', given.number ?? '100', [1, 1_000_000])
    const client = await AdminClient.of(given)
    const { entries, more } = await pages(client, given, limit)
    if (given.json) printJson(entries)
    else {
      const now = Date.now()
      printTable(
        ['ID', 'AGE', 'STATE', 'FROM', 'TO', 'SIZE', 'TRIED', 'NEXT', 'LAST'],
        entries.map((entry) => rowOf(entry, now).map(clean)),
      )
      if (more) printLine(`and more: amplop queue list -n ${limit * 10}`)
    }
    return 0
  },
})

const pageMax = 1_000

async function pages(client: AdminClient, given: FilterGiven, limit: number) {
  const entries: Entry[] = []
  let after = ''
  do {
    const page = String(Math.min(limit - entries.length, pageMax))
    const query = new URLSearchParams({ ...filterOf(given), limit: page, after })
    const found = await client.ask<Page>('GET', `/queue?${query}`)
    entries.push(...found.entries)
    after = found.after
  } while (after !== '' && entries.length < limit)
  return { entries, more: after !== '' }
}

function rowOf(entry: Entry, now: number): string[] {
  const { id, state, sender, recipients, size, entered, attempts, next, last } = entry
  const [first, ...others] = recipients
  const to = `${first?.address ?? ''}${others.length > 0 ? ` and ${others.length} more` : ''}`
  return [
    ...[id, durationText(Math.max(0, now - entered)), state, sender || '<>', to],
    ...[bytesText(size), String(attempts)],
    next === 0 ? '-' : next <= now ? 'now' : `in ${durationText(next - now)}`,
    last.length > 60 ? `${last.slice(0, 60)}...` : last,
  ]
}

const show = command({
  name: 'show',
  summary: 'one of them: its recipients, every attempt, its text',
  words: ['ID'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [id = '']) => {
    const client = await AdminClient.of(given)
    const path = `/queue/${encodeURIComponent(id)}`
    const shown = await client.ask<{ entries: Entry[]; trace?: Trace; text: string }>('GET', path)
    if (given.json) printJson(shown)
    else {
      for (const entry of shown.entries) {
        const { state, destination, attempts, next, last } = entry
        printLine(`${entry.id}  ${state}  to ${clean(destination)}`)
        for (const { address } of entry.recipients) printLine(`          to  ${clean(address)}`)
        printLine(`    attempts  ${attempts}`)
        if (next > 0) printLine(`        next  ${timeText(next)}`)
        if (last !== '') printLine(`        last  ${clean(last)}`)
      }
      if (shown.trace) printLine(`\n${lifeOf(shown.trace)}`)
      if (shown.text !== '') printLine()
      for (const line of shown.text.split('\n')) printLine(clean(line))
    }
    return 0
  },
})

function ordering(name: 'retry' | 'hold' | 'release' | 'cancel', summary: string, done: string) {
  return command({
    name,
    summary,
    words: ['[ID]'],
    options: {
      ...filterOptions,
      all: { type: 'boolean', doc: 'everything that is queued' },
      ...serverOptions,
      ...jsonOption,
    },
    more: `By id of a row or a message, by filter, or --all.\n${serverMore}`,
    run: async (given, [id = '']) => {
      const filter = filterOf(given)
      const some = id !== '' || Object.values(filter).some((value) => value !== '')
      if (!some && given.all !== true) throw new Misused('name an ID, a filter, or --all')
      const body = { order: name, id, ...filter, all: given.all === true }
      const client = await AdminClient.of(given)
      const answer = await client.ask<{ rows: number }>('POST', '/queue', body)
      if (given.json) printJson(answer)
      else printLine(`${done} ${answer.rows}`)
      return 0
    },
  })
}

export const queue: Group = {
  name: 'queue',
  summary: 'mail that is owed to other servers: list, show, retry, hold, release, cancel',
  commands: [
    list,
    show,
    ordering('retry', 'try now, whatever the schedule says', 'to be tried now:'),
    ordering('hold', 'try no more until released', 'held:'),
    ordering('release', 'let go what is held', 'released:'),
    ordering('cancel', 'take it out of the queue; nobody is told', 'cancelled:'),
  ],
}
