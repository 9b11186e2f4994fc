// `amplop trace`: the life of a message, step by step.
import { causeIn, causeOf } from '../app/causes.ts'
import type { Trace } from '../app/new-traces.ts'
import { frameTexts } from '../app/outside-checks/texts.table.ts'
import type { Language } from '../base/languages.ts'
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, Failed } from './command.ts'
import { languageOf, languageOption } from './language.ts'
import { wholeNumber } from './numbers.ts'
import { bytesText, clean, printJson, printLine, timeText } from './print.ts'

export const trace = command({
  name: 'trace',
  summary: 'the life of a message, step by step',
  words: ['[ID|ADDRESS]'],
  options: {
    number: { type: 'string', short: 'n', value: 'N', doc: 'at most so many, newest first (20)' },
    'junk-points': {
      type: 'string',
      value: 'N',
      doc: 'judge the message of an id anew, as if spam.junk_points were N',
    },
    ...languageOption,
    ...serverOptions,
    ...jsonOption,
  },
  more: `By id, Message-ID or an address it was from or to; without any, the newest.\n${serverMore}`,
  run: async (given, [of = '']) => {
    const points = given['junk-points']
    if (points !== undefined) return judgeAnew(given, of, points)
    const limit = wholeNumber('--number', given.number ?? '20', [1, 1000])
    const query = new URLSearchParams({ of, limit: String(limit) })
    const traces = await (await AdminClient.of(given)).ask<Trace[]>('GET', `/traces?${query}`)
    const language = languageOf(given.lang)
    if (given.json) printJson(traces)
    else if (traces.length > 0) printLine(traces.map((one) => lifeOf(one, language)).join('\n\n'))
    if (traces.length === 0 && of !== '')
      throw new Failed(`no message is known by "${clean(of)}": amplop trace lists the newest`)
    return 0
  },
})

interface VerdictAgain {
  readonly address: string
  readonly was: string
  readonly now: string
  readonly otherwise: string
}

type Given = Parameters<typeof AdminClient.of>[0] & { readonly json?: boolean | undefined }

async function judgeAnew(given: Given, message: string, points: string): Promise<number> {
  const asked = wholeNumber('--junk-points', points, [1, 1000])
  const query = new URLSearchParams({ message, points: String(asked) })
  const client = await AdminClient.of(given)
  const verdicts = await client.ask<VerdictAgain[]>('GET', `/verdicts?${query}`)
  if (verdicts.length === 0)
    throw new Failed(`no verdict is kept on "${clean(message)}": it takes the id of a message`)
  if (given.json) printJson(verdicts)
  else for (const one of verdicts) printLine(anewText(one))
  return 0
}

function anewText({ address, was, now, otherwise }: VerdictAgain): string {
  const rows = [
    ['was', was],
    ['would be', now],
    ['', otherwise],
  ].filter(([, said]) => said !== '')
  return [
    clean(address || 'an account that is gone'),
    ...rows.map(([name = '', said = '']) => `  ${name.padStart(10)}  ${clean(said)}`),
  ].join('\n')
}

/** What the refusals of other servers mean, and what to do. */
function causesOf({ recipients }: Trace, language: Language): [string, string][] {
  const words = frameTexts[language]
  const told = recipients.flatMap(({ code, status, text, place }) => {
    if (code < 400 || (place !== 'returned' && place !== 'queue')) return []
    return (place === 'returned' ? causeOf(status, text, language) : causeIn(text, language)) ?? []
  })
  return [...new Set(told)].flatMap(({ cause, fix }): [string, string][] => [
    [words.why, cause],
    [words.fix, fix],
  ])
}

/** A trace as people read it. */
export function lifeOf(trace: Trace, language: Language = 'en'): string {
  const { id, at, accepted, code, status, text, client, from, recipients, size } = trace
  const { protocol, address, port, hello, tls, login } = client
  const said = [`${code}`, status, text].filter((word) => word !== '').join(' ')
  const where = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
  const about = [hello && `hello ${hello}`, tls, login && `login ${login}`].filter(Boolean)
  const rows: [string, string][] = [
    ['from', from || '<>'],
    ...recipients.map(({ address, code, status, text, place }): [string, string] => [
      'to',
      [address, code, status, text, place && `(${place})`].filter(Boolean).join('  '),
    ]),
    ...causesOf(trace, language),
    ['subject', trace.subject],
    ['message-id', trace.messageId],
    ['size', size > 0 ? bytesText(size) : ''],
    ['client', [protocol, where, ...about].join('  ')],
    ...trace.steps.map(({ step, ms, ok, said }): [string, string] => [
      `${ms.toFixed(1)} ms`,
      [ok ? step : `${step} FAILED`, said].filter(Boolean).join('  '),
    ]),
  ]
  const lines = rows.filter(([, value]) => value !== '')
  return [
    `${id}  ${timeText(at)}  ${accepted ? 'accepted' : 'refused'}  ${clean(said)}`,
    ...lines.map(([name, value]) => `  ${name.padStart(10)}  ${clean(value)}`),
  ].join('\n')
}
