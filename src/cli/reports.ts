// `amplop reports`: what other servers say of our mail, and what we told them of theirs.
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { wholeNumber } from './numbers.ts'
import { clean, printJson, printLine, printTable } from './print.ts'

interface Received {
  readonly id: string
  readonly kind: string
  readonly domain: string
  readonly by: string
  readonly begin: number
  readonly good: number
  readonly bad: number
  readonly verified: boolean
}

interface Shown extends Received {
  readonly reportId: string
  readonly end: number
  readonly rows: readonly {
    readonly count: number
    readonly good: boolean
    readonly said: string
  }[]
}

interface Sent {
  readonly kind: string
  readonly day: number
  readonly domain: string
  readonly said: string
}

const dayMs = 86_400_000
const dateText = (at: number) => (at === 0 ? '-' : new Date(at).toISOString().slice(0, 10))

const list = command({
  name: 'list',
  summary: 'reports that came about our domains, newest first',
  options: {
    number: { type: 'string', short: 'n', value: 'N', doc: 'at most so many (100)' },
    domain: { type: 'string', value: 'DOMAIN', doc: 'only about this domain' },
    sent: { type: 'boolean', doc: 'those that were sent to others, in place of those that came' },
    ...serverOptions,
    ...jsonOption,
  },
  more: serverMore,
  run: async (given) => {
    const limit = wholeNumber('--number', given.number ?? '100', [1, 1_000])
    const client = await AdminClient.of(given)
    const query = new URLSearchParams({ limit: String(limit), domain: given.domain ?? '' })
    if (given.sent) query.set('sent', '1')
    const found = await client.ask<Received[] | Sent[]>('GET', `/reports?${query}`)
    if (given.json) printJson(found)
    else if (given.sent) printSent(found as Sent[])
    else printReceived(found as Received[])
    return 0
  },
})

function printReceived(list: readonly Received[]): void {
  printTable(
    ['ID', 'DAY', 'KIND', 'ABOUT', 'FROM', 'GOOD', 'BAD', 'SENDER'],
    list.map(({ id, begin, kind, domain, by, good, bad, verified }) =>
      [
        ...[id, dateText(begin), kind, domain, by, String(good), String(bad)],
        verified ? 'proved' : 'not proved',
      ].map(clean),
    ),
  )
}

function printSent(list: readonly Sent[]): void {
  printTable(
    ['DAY', 'KIND', 'ABOUT', 'WHAT'],
    list.map(({ day, kind, domain, said }) =>
      [dateText(day * dayMs), kind, domain, said].map(clean),
    ),
  )
}

const show = command({
  name: 'show',
  summary: 'what one says, the most frequent first',
  words: ['ID'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [id = '']) => {
    const client = await AdminClient.of(given)
    const report = await client.ask<Shown>('GET', `/reports/${encodeURIComponent(id)}`)
    if (given.json) {
      printJson(report)
      return 0
    }
    const { kind, by, domain, begin, end, reportId, good, bad, rows } = report
    const span = `${dateText(begin)} to ${dateText(end)}`
    printLine(clean(`${kind} report of ${by} about ${domain}, ${span}, ${reportId}`))
    printLine(`${good} good, ${bad} bad\n`)
    printTable(
      ['COUNT', '', 'WHAT'],
      rows.map((row) => [String(row.count), row.good ? 'good' : 'BAD', row.said].map(clean)),
    )
    return 0
  },
})

const send = command({
  name: 'send',
  summary: 'send now what is due of the days that are over',
  options: serverOptions,
  more: serverMore,
  run: async (given) => {
    const client = await AdminClient.of(given)
    const { sent } = await client.ask<{ sent: number }>('POST', '/reports')
    printLine(`${sent} sent; amplop reports list --sent tells of them`)
    return 0
  },
})

export const reports: Group = {
  name: 'reports',
  summary: 'DMARC and TLS reports: list, show, send',
  commands: [list, show, send],
}
