// What passed through the protocols, counted, and written as lines of the access log.
import type { Access, Session, Speaker, Transaction } from '../base/access.ts'
import { Histogram } from '../base/histogram.ts'
import { neighbourhood } from '../base/networks.ts'
import { Tally } from '../base/tally.ts'
import type { MessageCount } from '../protocols/admin/ports.ts'

interface Ports {
  /** Takes a line without its end. */
  readonly write: (line: string) => void
  /** Whether lines are wanted; counted is always. */
  readonly wanted: () => boolean
}

type Counts = { -readonly [K in keyof MessageCount]: MessageCount[K] }

export class AccessBook implements Access {
  readonly #ports: Ports
  readonly #counts = new Map<string, Counts>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  messages(): readonly MessageCount[] {
    return [...this.#counts.values()]
  }

  transaction(transaction: Transaction): void {
    const { speaker, result, code, status, delivered, ms } = transaction
    const counts = this.#of(speaker.protocol)
    counts[result]++
    counts.delivered += delivered
    if (result === 'accepted') counts.acceptedMs.observe(ms)
    else if (code > 0) counts.refusals.refused(`${code} ${status}`.trim())
    if (this.#ports.wanted()) this.#ports.write(messageLine(transaction))
  }

  session(session: Session): void {
    if (this.#ports.wanted()) this.#ports.write(sessionLine(session))
  }

  #of(protocol: string): Counts {
    const known = this.#counts.get(protocol)
    if (known) return known
    const none = { accepted: 0, rejected: 0, deferred: 0, aborted: 0, delivered: 0 }
    const counts = { protocol, ...none, acceptedMs: new Histogram(), refusals: new Tally() }
    this.#counts.set(protocol, counts)
    return counts
  }
}

/** One line of the log, as it is read back. */
export interface MessageLine extends SpeakerFields {
  readonly at: string
  readonly kind: 'message'
  readonly result: string
  readonly code: number
  readonly status: string
  readonly from: string
  readonly to: readonly { address: string; code: number; status: string }[]
  readonly id: string
  readonly messageId: string
  readonly size: number
  readonly ms: number
}

export interface SessionLine extends SpeakerFields {
  readonly at: string
  readonly kind: 'session'
  readonly end: string
  readonly commands: number
  readonly refusals: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly ms: number
}

interface SpeakerFields {
  readonly protocol: string
  readonly account: string
  readonly ip: string
  readonly port: number
  /** The address, or an IPv6 address' /64. */
  readonly network: string
  readonly tls: string
  readonly hello: string
  readonly session: string
}

const addressMaxLength = 320
const textMaxLength = 1_000
const addresseesMax = 1_000

function messageLine({ speaker, result, code, status, ...more }: Transaction): string {
  const to = more.to
    .slice(0, addresseesMax)
    .map(({ address, code, status }) => ({ address: cut(address, addressMaxLength), code, status }))
  const line: MessageLine = {
    at: new Date().toISOString(),
    kind: 'message',
    ...{ result, code, status },
    ...fieldsOf(speaker),
    from: cut(more.from, addressMaxLength),
    to,
    id: more.id,
    messageId: cut(more.messageId, textMaxLength),
    size: more.size,
    ms: tenths(more.ms),
  }
  return plain(line)
}

function sessionLine({ speaker, end, ms, commands, refusals, bytesIn, bytesOut }: Session): string {
  const sums = { commands, refusals, bytesIn, bytesOut, ms: tenths(ms) }
  const line: SessionLine = {
    ...{ at: new Date().toISOString(), kind: 'session', end },
    ...fieldsOf(speaker),
    ...sums,
  }
  return plain(line)
}

function fieldsOf({ protocol, account, address, port, tls, hello, session }: Speaker) {
  return {
    protocol,
    account: cut(account, addressMaxLength),
    ip: address,
    port,
    network: neighbourhood(address),
    tls,
    hello: cut(hello, 255),
    session,
  }
}

/** JSON on one line; nothing in it ends a line or steers a terminal, wherever it is read. */
function plain(line: object): string {
  return JSON.stringify(line).replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function cut(text: string, lengthMax: number): string {
  return text.length > lengthMax ? text.slice(0, lengthMax) : text
}

function tenths(ms: number): number {
  return Math.round(ms * 10) / 10
}
