// `amplop log`: who sent what to whom, and when. Reads the files; no server needs to run.
import { resolve } from 'node:path'
import type { AccessLine, Found, Wanted } from '../app/access-reader.ts'
import { Networks } from '../base/networks.ts'
import { AdminClient, folderOf, jsonOption, serverOptions, type Where } from './admin-client.ts'
import { command, Failed, Misused } from './command.ts'
import { clean, printLine, timeText } from './print.ts'

const results = ['accepted', 'rejected', 'deferred', 'aborted'] as const

export const log = command({
  name: 'log',
  summary: 'the access log: who sent what to whom, and what became of it',
  options: {
    from: {
      type: 'string',
      value: 'PART',
      doc: 'only from such senders: an address or part of it',
    },
    to: { type: 'string', value: 'PART', doc: 'only to such recipients, refused ones too' },
    account: { type: 'string', value: 'PART', doc: 'only by who was logged in so' },
    'message-id': { type: 'string', value: 'ID', doc: 'a Message-ID, or the id of "queued as"' },
    ip: { type: 'string', value: 'NETWORK', doc: 'only from this address or network' },
    result: { type: 'string', value: 'RESULT', doc: results.join(', ') },
    since: { type: 'string', value: 'TIME', doc: 'a date, a time, or how long ago: 2h, 3d' },
    until: { type: 'string', value: 'TIME', doc: 'the same' },
    follow: { type: 'boolean', short: 'f', doc: 'go on with what comes' },
    ...serverOptions,
    json: { ...jsonOption.json, doc: 'print the lines as they are, JSON' },
  },
  more: 'All that is given must fit. Oldest first; times without a zone are local.',
  run: async ({ json, follow, ...given }) => {
    const wanted = wantedOf(given)
    const file = await fileOf(given)
    const { followAccess, readAccess } = await import('../app/access-reader.ts')
    const show = ({ source, line }: Found) => printLine(json ? source : textOf(line))
    for await (const found of readAccess(file, wanted)) {
      show(found)
      if (process.stdout.writableNeedDrain) await drained()
    }
    if (!follow) return 0
    const stopped = new AbortController()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort())
    for await (const found of followAccess(file, wanted, stopped.signal)) show(found)
    return 0
  },
})

function drained(): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      process.stdout.off('drain', done).off('close', done).off('error', done)
      resolve()
    }
    process.stdout.on('drain', done).on('close', done).on('error', done)
  })
}

type Given = Readonly<Partial<Record<string, string | boolean>>>

/** @throws Misused */
function wantedOf(given: Given): Wanted {
  const text = (name: string) => {
    const value = given[name]
    return typeof value === 'string' ? value : undefined
  }
  const result = text('result')
  if (result !== undefined && !(results as readonly string[]).includes(result))
    throw new Misused(`--result must be one of ${results.join(', ')}, not "${result}"`)
  return {
    ...{ from: text('from'), to: text('to'), account: text('account'), id: text('message-id') },
    networks: networksOf(text('ip')),
    result,
    since: timeOf('--since', text('since')),
    until: timeOf('--until', text('until')),
  }
}

function networksOf(ip: string | undefined): Networks | undefined {
  try {
    return ip === undefined ? undefined : new Networks([ip])
  } catch {
    throw new Misused(`--ip must be an address or a network, not "${ip}"`)
  }
}

const spans: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7 }

/** Milliseconds since 1970. @throws Misused */
function timeOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, count, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  if (count !== undefined) return Date.now() - Number(count) * (spans[unit] ?? 0)
  // A date alone would be midnight in Greenwich.
  const at = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text)
  if (!Number.isNaN(at)) return at
  throw new Misused(`${option} must be a time as 2026-01-31T12:00, or 2h, 3d ago, not "${text}"`)
}

/** As the running server says; where none runs, as its settings do. */
async function fileOf(where: Where): Promise<string> {
  try {
    const client = await AdminClient.of(where)
    return (await client.ask<{ file: string }>('GET', '/access-log')).file
  } catch (error) {
    if (!(error instanceof Failed)) throw error
  }
  if (where.config === undefined || where.data !== undefined)
    return resolve(await folderOf(where), 'access.log')
  const { loadConfig } = await import('../app/config/load.ts')
  return loadConfig(where.config).access_log.file
}

function textOf(line: AccessLine): string {
  const { protocol, ip, account, tls, hello } = line
  const about = [hello && `hello ${hello}`, tls, account && `login ${account}`].filter(Boolean)
  const who = [protocol, ip, ...about].join(' ')
  const when = timeText(Date.parse(line.at))
  if (line.kind === 'session') {
    const { end, commands, refusals } = line
    return clean(`${when}  session   ${who}  ${commands} commands, ${refusals} refused, ${end}`)
  }
  const { result, code, status, from, to, id, messageId, size } = line
  const said = [code > 0 && code, status].filter(Boolean).join(' ')
  const names = to.map(({ address, code }) => (code < 400 ? address : `${address} (${code})`))
  const words = [
    when,
    result.padEnd(8),
    said,
    `<${from}> to ${names.join(', ') || 'nobody'}`,
    [id, messageId && `<${messageId}>`, `${size} bytes`].filter(Boolean).join(' '),
    who,
  ]
  return clean(words.filter((word) => word !== '').join('  '))
}
