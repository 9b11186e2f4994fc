// One line for each message as it moves, for the terminal of a try-out.
import { styleText } from 'node:util'
import type { Trace } from '../app/new-traces.ts'
import { clean, clockText } from './print.ts'

const subjectMax = 60
const recipientsShown = 3
const refusalMax = 100

/** Where copies went, in words; what is refused goes nowhere. */
const places: Readonly<Record<string, string>> = {
  mailbox: 'mailbox',
  sink: 'simulated internet',
  board: 'board',
  hop: 'next hop',
}

/** `12:00:00  tito@… -> iqbal@…  "Halo"  250  mailbox  3.2 ms`, in colour on a terminal. */
export function movingLine(trace: Trace): string {
  const { at, from, recipients, subject, accepted, code, status, text, steps } = trace
  const shown = recipients.slice(0, recipientsShown).map(({ address }) => address)
  const more = recipients.length - shown.length
  const to = `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const went = new Set(recipients.map(({ place }) => places[place] ?? place))
  const where = [...went].filter((place) => place !== '').join(', ')
  const short = [...subject].slice(0, subjectMax).join('')
  const cut = short.length < subject.length ? '…' : ''
  const reply = accepted ? `${code}` : `${code} ${status} ${text}`.slice(0, refusalMax)
  const ms = steps.at(-1)?.ms
  const parts = [
    clockText(at),
    clean(`${from || '<>'} -> ${to || 'nobody'}`),
    clean(`"${short}${cut}"`),
    styled(accepted ? 'green' : 'red', reply),
    where,
    ms === undefined ? '' : styled('dim', `${ms.toFixed(1)} ms`),
  ]
  return parts.filter((part) => part !== '').join('  ')
}

/** Colour follows the terminal and NO_COLOR. */
export function styled(style: 'red' | 'green' | 'bold' | 'dim', text: string): string {
  return styleText(style, clean(text), { stream: process.stdout })
}
