// `amplop quarantine`: what filters had kept apart on a running server.
import type { Trace } from '../app/new-traces.ts'
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group } from './command.ts'
import { bytesText, clean, printJson, printLine, printTable, timeText } from './print.ts'

const ofOption = {
  of: { type: 'string', value: 'ADDRESS', doc: 'only what was for this account' },
} as const

function queryOf(of: string | undefined): string {
  return of === undefined ? '' : `?${new URLSearchParams({ of })}`
}

const list = command({
  name: 'list',
  summary: 'what is kept apart, newest first',
  options: { ...ofOption, ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given) => {
    const client = await AdminClient.of(given)
    const traces = await client.ask<Trace[]>('GET', `/quarantine${queryOf(given.of)}`)
    if (given.json) printJson(traces)
    else
      printTable(
        ['ID', 'TIME', 'STATE', 'FROM', 'TO', 'SIZE', 'SUBJECT', 'WHY'],
        traces.map(({ id, at, accepted, from, recipients, size, subject, steps }) =>
          [
            ...[id, timeText(at), accepted ? 'held' : 'rejected', from || '<>'],
            recipients.map(({ address }) => address).join(', '),
            ...[bytesText(size), subject],
            steps.findLast(({ step }) => step === 'filtered')?.said ?? '',
          ].map(clean),
        ),
      )
    return 0
  },
})

const show = command({
  name: 'show',
  summary: 'the text of one',
  words: ['ID'],
  options: { ...serverOptions, ...jsonOption },
  more: serverMore,
  run: async (given, [id = '']) => {
    const path = `/quarantine/${encodeURIComponent(id)}`
    const shown = await (await AdminClient.of(given)).ask<{ text: string }>('GET', path)
    if (given.json) printJson(shown)
    else for (const line of shown.text.split('\n')) printLine(clean(line))
    return 0
  },
})

const release = command({
  name: 'release',
  summary: 'deliver one to its recipients after all',
  words: ['ID'],
  options: { ...ofOption, ...serverOptions },
  more: serverMore,
  run: async (given, [id = '']) => {
    const path = `/quarantine/${encodeURIComponent(id)}${queryOf(given.of)}`
    const released = await (await AdminClient.of(given)).ask<Trace>('POST', path)
    printLine(`released ${clean(id)} as ${released.id}`)
    return 0
  },
})

const drop = command({
  name: 'drop',
  summary: 'delete one',
  words: ['ID'],
  options: serverOptions,
  more: serverMore,
  run: async (given, [id = '']) => {
    await (await AdminClient.of(given)).ask('DELETE', `/quarantine/${encodeURIComponent(id)}`)
    printLine(`dropped ${clean(id)}`)
    return 0
  },
})

export const quarantine: Group = {
  name: 'quarantine',
  summary: 'what was kept apart, held or rejected: list, show, release, drop',
  commands: [list, show, release, drop],
}
