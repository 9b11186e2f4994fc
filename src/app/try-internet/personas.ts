// Who lives in the small Internet, and how each of them answers.
import { setTimeout as wait } from 'node:timers/promises'
import type { Bigmail } from './bigmail.ts'
import type { Persona } from './bot.ts'

export interface Cast extends Omit<Persona, 'host' | 'tls'> {
  readonly domain: string
  /** Refuses connections until a while after the first attempt. */
  readonly asleep?: boolean
  readonly brokenTls?: boolean
}

export const practiceDomains: readonly string[] = [
  ...['bigmail.test', 'greylist.test', 'slow.test'],
  ...['down.test', 'brokentls.test', 'refuse.test'],
  ...['newsletter.test', 'spammer.test'],
]

const taken = async () => '250 2.0.0 Taken'

export function cast(bigmail: Bigmail, slowMs: number): readonly Cast[] {
  return [
    { domain: 'bigmail.test', taken: (heard) => bigmail.take(heard) },
    { domain: 'greylist.test', recipient: greylist(), taken },
    {
      domain: 'slow.test',
      taken: async () => {
        await wait(slowMs, undefined, { ref: false })
        return '250 2.0.0 Taken, after a while'
      },
    },
    { domain: 'down.test', asleep: true, taken },
    { domain: 'brokentls.test', brokenTls: true, taken },
    {
      domain: 'refuse.test',
      recipient: (_from, to) => `550 5.1.1 There is no ${to} here`,
      taken,
    },
  ]
}

/** Of more pairs, the oldest are strangers again. */
const pairsMax = 1_000

function greylist() {
  const known = new Set<string>()
  return (from: string, to: string): string => {
    const pair = `${from} ${to}`
    if (known.has(pair)) return '250 2.1.5 Welcome back'
    known.add(pair)
    const [oldest] = known
    if (known.size > pairsMax && oldest !== undefined) known.delete(oldest)
    return '451 4.7.1 Greylisted: come again in a minute'
  }
}
