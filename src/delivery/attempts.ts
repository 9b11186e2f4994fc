// What the queue has tried since, told as the later steps of a trace. Pure.
import type { Tried } from '../queue/courier.ts'
import type { AttemptFacts, Said } from '../queue/row.ts'
import type { RecipientTrace, Step, Trace } from './types.ts'

/** Of very many attempts the last ones are told. */
const attemptsMax = 40
const saidMaxLength = 300

/** Whether there can be attempts at all. */
export function mayBeTried({ recipients }: Trace): boolean {
  return recipients.some(({ place }) => place === 'queue')
}

/** The trace as it is after these attempts, which are in their order. */
export function withAttempts(trace: Trace, attempts: readonly AttemptFacts[]): Trace {
  if (attempts.length === 0) return trace
  const said = new Map<string, Said>()
  for (const { recipients } of attempts)
    for (const one of recipients) said.set(one.for ?? one.address, one)
  const last = attempts.slice(-attemptsMax)
  return {
    ...trace,
    recipients: trace.recipients.map((one) => recipientAfter(one, said.get(one.address))),
    steps: [...trace.steps, ...last.flatMap((attempt) => stepsOf(attempt, trace.at))],
    attempts: last,
  }
}

const places = {
  delivered: 'hop',
  failed: 'returned',
  cancelled: 'cancelled',
  later: 'queue',
} as const

function recipientAfter(recipient: RecipientTrace, said: Said | undefined): RecipientTrace {
  if (!said || recipient.place !== 'queue') return recipient
  const { code, status, text, became } = said
  return { address: recipient.address, code, status, text, place: places[became] }
}

function stepsOf({ at, tried, recipients, failure }: AttemptFacts, began: number): Step[] {
  const ok = recipients.every(({ became }) => became === 'delivered')
  const ms = Math.max(0, at - began)
  if (tried.length === 0) {
    const said = (failure || wordsOf(recipients[0])).slice(0, saidMaxLength)
    return [{ step: 'relayed', ms, ok, said }]
  }
  return tried.map((one, n) => ({
    step: 'relayed',
    ms: Math.max(0, one.at + one.ms - began),
    ok: n === tried.length - 1 && ok,
    said: triedWords(one).slice(0, saidMaxLength),
  }))
}

function wordsOf(said: Said | undefined): string {
  if (!said) return ''
  return [said.code || '', said.status, said.text].filter((word) => word !== '').join(' ')
}

/** "mx1.example.net 192.0.2.7:25 TLSv1.3 verified (mta-sts) 250 2.0.0 OK" */
function triedWords({ host, hop, tls, policy, said }: Tried): string {
  const secured = tls === '' ? 'in clear' : tls
  const how = hop === '' ? '' : policy === '' ? secured : `${secured} (${policy})`
  return [hop.startsWith(`${host}:`) ? '' : host, hop, how, said]
    .filter((word) => word !== '')
    .join(' ')
}
