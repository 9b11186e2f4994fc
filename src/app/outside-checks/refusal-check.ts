// What other servers said lately to mail from here: the only ones who know what they hold against
// this server are they.
import { meaningOf } from '../../delivery/receivers.table.ts'
import type { Trace } from '../../delivery/types.ts'
import { good, unknown, warning } from './answers.ts'
import type { Check, Refusal } from './check.ts'

const shownMax = 3
const lineMaxLength = 200

export const refusalCheck: Check = async ({ refusals }) => {
  if (!refusals) return unknown('')
  const known = refusals.flatMap((one) => {
    const meaning = meaningOf(one.text)
    // These say something about a recipient, not about this server.
    return meaning && !personal.has(meaning) ? [{ ...one, meaning }] : []
  })
  const groups = Map.groupBy(known, ({ meaning }) => meaning)
  const [worst] = [...groups].sort(([, one], [, other]) => other.length - one.length)
  if (!worst) return good('-')
  const [meaning, list] = worst
  const lines = list.slice(0, shownMax).map(({ domain, code, text }) => {
    return `${domain}: ${code} ${text}`.slice(0, lineMaxLength)
  })
  return { ...warning(`${list.length}: ${lines.join(' | ')}`, ''), meaning }
}

const personal: ReadonlySet<string> = new Set(['nobody', 'full', 'greylist'])

/** From traces, the newest first. */
export function refusalsIn(traces: readonly Trace[]): readonly Refusal[] {
  return traces.flatMap(({ recipients }) =>
    recipients
      .filter(({ code, place }) => code >= 400 && (place === 'returned' || place === 'queue'))
      .map(({ address, code, text }) => ({
        ...{ domain: address.slice(address.lastIndexOf('@') + 1), code },
        text: text.replace(/\p{Cc}+/gu, ' '),
      })),
  )
}
