// `amplop vacation` and `amplop forward`: what is done with an account's mail while its owner is
// away, without a script.
import { accountCommand } from './account-command.ts'
import { AdminClient, jsonOption, serverMore, serverOptions } from './admin-client.ts'
import { command, type Group, Misused } from './command.ts'
import { clean, printJson, printLine } from './print.ts'

interface Vacation {
  readonly isEnabled: boolean
  readonly fromDate: string | null
  readonly toDate: string | null
  readonly subject: string | null
  readonly textBody: string | null
}

interface Forward {
  readonly isEnabled: boolean
  readonly addresses: readonly string[]
  readonly keepCopy: boolean
}

const vacationOf = (address: string) => `/vacation/${encodeURIComponent(address)}`
const forwardOf = (address: string) => `/forward/${encodeURIComponent(address)}`

const showVacation = accountCommand({
  name: 'show',
  summary: 'whether who writes to a user is answered, and with what',
  options: jsonOption,
  run: async (server, [address = ''], given) => {
    const found = await server.ask<Vacation>('GET', vacationOf(address))
    if (given.json) printJson(found)
    else for (const line of vacationLines(found)) printLine(line)
  },
})

// A date that is none is told before a server is looked for.
const setVacation = command({
  name: 'set',
  summary: 'answer each who writes to a user, once a week',
  words: ['ADDRESS'],
  options: {
    ...serverOptions,
    from: { type: 'string', value: 'DATE', doc: 'from this day on: 2026-12-24, local time' },
    to: { type: 'string', value: 'DATE', doc: 'up to the end of this day' },
    subject: { type: 'string', value: 'TEXT', doc: 'the subject; "Auto: …" without' },
    text: { type: 'string', value: 'TEXT', doc: 'what the answer says' },
  },
  more: serverMore,
  run: async (given, [address = '']) => {
    const { from, to, subject, text } = given
    const body = {
      isEnabled: true,
      fromDate: from === undefined ? null : dayOf(from, 0),
      toDate: to === undefined ? null : dayOf(to, 1),
      ...(subject === undefined ? {} : { subject }),
      ...(text === undefined ? {} : { textBody: text }),
    }
    const server = await AdminClient.of(given)
    const set = await server.ask<Vacation>('PUT', vacationOf(address), body)
    for (const line of vacationLines(set)) printLine(line)
    return 0
  },
})

const vacationOff = accountCommand({
  name: 'off',
  summary: 'answer nobody any more; the text is kept for the next time',
  options: {},
  run: async (server, [address = '']) => {
    await server.ask('PUT', vacationOf(address), { isEnabled: false })
    printLine(`nobody who writes to ${clean(address)} is answered`)
  },
})

const showForward = accountCommand({
  name: 'show',
  summary: 'where the mail of a user is forwarded to',
  options: jsonOption,
  run: async (server, [address = ''], given) => {
    const found = await server.ask<Forward>('GET', forwardOf(address))
    if (given.json) printJson(found)
    else printLine(forwardLine(found))
  },
})

const setForward = accountCommand({
  name: 'set',
  summary: "forward a user's mail to other addresses",
  words: ['TO...'],
  options: {
    keep: { type: 'boolean', doc: 'keep a copy of what is forwarded' },
  },
  run: async (server, [address = '', ...addresses], given) => {
    const body = { isEnabled: true, addresses, keepCopy: given.keep === true }
    printLine(forwardLine(await server.ask<Forward>('PUT', forwardOf(address), body)))
  },
})

const forwardOff = accountCommand({
  name: 'off',
  summary: 'forward nothing any more',
  options: {},
  run: async (server, [address = '']) => {
    printLine(forwardLine(await server.ask('PUT', forwardOf(address), { isEnabled: false })))
  },
})

/** The beginning of a local day, so many days later, in RFC 3339. */
function dayOf(text: string, later: number): string {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []
  const date = new Date(Number(year), Number(month) - 1, Number(day) + later)
  const written = new Date(Number(year), Number(month) - 1, Number(day))
  if (written.getMonth() + 1 !== Number(month) || Number.isNaN(date.getTime()))
    throw new Misused(`${text} is no day: write it as 2026-12-24`)
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}

function vacationLines(found: Vacation): readonly string[] {
  const { isEnabled, fromDate, toDate, subject, textBody } = found
  const from = fromDate === null ? '' : ` from ${timeOf(fromDate)}`
  const to = toDate === null ? '' : ` to ${timeOf(toDate)}`
  return [
    isEnabled ? `who writes is answered${from}${to}` : 'nobody is answered',
    ...(subject === null ? [] : [`subject: ${clean(subject)}`]),
    ...(textBody === null ? [] : textBody.split('\n').map((line) => clean(line))),
  ]
}

function timeOf(text: string): string {
  return new Date(text).toLocaleString('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
}

function forwardLine({ isEnabled, addresses, keepCopy }: Forward): string {
  if (!isEnabled) return 'nothing is forwarded'
  const copy = keepCopy ? 'a copy is kept' : 'no copy is kept'
  return `forwarded to ${addresses.map(clean).join(', ')}; ${copy}`
}

export const vacation: Group = {
  name: 'vacation',
  summary: 'answers while somebody is away: show, set, off',
  commands: [showVacation, setVacation, vacationOff],
}

export const forward: Group = {
  name: 'forward',
  summary: "forward an account's mail: show, set, off",
  commands: [showForward, setForward, forwardOff],
}
