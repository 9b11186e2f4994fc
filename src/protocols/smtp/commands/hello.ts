// HELO and EHLO: RFC 5321 §4.1.1.1. Said again they clear the transaction (§4.1.4).
import type { Client } from '../../../delivery/types.ts'
import type { Connection } from '../../../wire/connection.ts'
import { Syntax } from '../../../wire/protocol.ts'
import type { Origin } from '../../../wire/proxy-header.ts'
import { offered } from '../../../wire/sasl.ts'
import { anything } from '../grammar.ts'
import { holdMaxSeconds, type Offer } from '../parameters.ts'
import type { SmtpReply } from '../replies.ts'
import {
  anytime,
  channelOf,
  drop,
  isOffered,
  type Phase,
  type SmtpPorts,
  unlessObjected,
  word,
} from '../session.ts'

export const helo = word({
  name: 'HELO',
  when: anytime,
  parse: anything,
  run: (phase, host, ports, { connection }) => {
    // People at telnet greet with the bare word.
    if (host === '' && !ports.options.lenient) throw new Syntax('Expected HELO domain')
    const next = plainly(greeted(phase, host, ports, connection))
    return answered(phase, next, ports, ports.options.serverName)
  },
})

export const ehlo = extendedHello('EHLO')

/** RFC 2033 §4.1: EHLO under a name that tells who meant to speak SMTP. */
export const lhlo = extendedHello('LHLO')

function extendedHello(name: 'EHLO' | 'LHLO') {
  return word({
    name,
    when: anytime,
    parse: anything,
    run: (phase, host, ports, { connection }) => {
      if (host === '') throw new Syntax(`Expected ${name} domain`)
      const next = greeted(phase, host, ports, connection)
      return answered(phase, next, ports, extensions(ports, next.client, connection))
    },
  })
}

/** RFC 5321 §4.1.4: where somebody objects, the session stays as it was. */
function answered(phase: Phase, next: Ready, ports: SmtpPorts, text: SmtpReply['text']) {
  return unlessObjected(ports, { at: 'hello', client: next.client }, () => {
    drop(phase)
    return { reply: { code: 250, status: '', text }, phase: next, worth: 'idle' }
  })
}

function extensions({ options, ...ports }: SmtpPorts, client: Client, connection: Connection) {
  const { session, address } = client
  const { offers } = ports.authenticator({ session, address, protocol: options.face })
  const mechanisms = options.face === 'lmtp' ? [] : offered(channelOf(client, connection), offers)
  const offerings = offerLines.filter(({ offer }) => isOffered(options, connection, offer))
  return [
    options.serverName,
    'PIPELINING',
    `SIZE ${options.sizeMaxBytes}`,
    '8BITMIME',
    'SMTPUTF8',
    'CHUNKING',
    'BINARYMIME',
    'ENHANCEDSTATUSCODES',
    `LIMITS RCPTMAX=${options.recipientsMax}`,
    ...offerings.map(({ line }) => line()),
    ...(options.starttls && connection.tls === '' ? ['STARTTLS'] : []),
    ...(mechanisms.length > 0 ? [`AUTH ${mechanisms.join(' ')}`] : []),
    ...(options.xclient.has(connection.address) ? ['XCLIENT ADDR PORT'] : []),
    'HELP',
  ]
}

const offerLines: readonly { readonly offer: Offer; readonly line: () => string }[] = [
  { offer: 'DSN', line: () => 'DSN' },
  { offer: 'REQUIRETLS', line: () => 'REQUIRETLS' },
  { offer: 'MT-PRIORITY', line: () => 'MT-PRIORITY' },
  { offer: 'DELIVERBY', line: () => 'DELIVERBY' },
  { offer: 'FUTURERELEASE', line: futureRelease },
]

/** RFC 4865 §3: the longest interval, and the latest date. */
function futureRelease(): string {
  const until = new Date(Date.now() + holdMaxSeconds * 1000).toISOString()
  return `FUTURERELEASE ${holdMaxSeconds} ${until.slice(0, 19)}Z`
}

/** After HELO no extension is in use. */
function plainly({ client, ...ready }: Ready): Ready {
  return { ...ready, client: { ...client, plain: true } }
}

type Ready = Extract<Phase, { in: 'ready' }>

function greeted(phase: Phase, hello: string, ports: SmtpPorts, connection: Connection): Ready {
  const before = phase.in === 'connected' ? undefined : phase
  const { address, port } = before?.client ?? originOf(phase) ?? connection
  const client: Client = {
    session: phase.in === 'connected' ? phase.session : phase.client.session,
    protocol: ports.options.face,
    address,
    port,
    // Kept for the trace only: any word is taken, none is trusted.
    hello: hello.slice(0, 255),
    tls: connection.tls,
    login: before?.client.login ?? '',
    // RFC 2033 §4: the queue is on the other side of LMTP; what comes is for mailboxes here.
    trusted: ports.options.face !== 'lmtp' && ports.options.trusted.has(address),
  }
  return { in: 'ready', client, failures: before?.failures ?? 0 }
}

function originOf(phase: Phase): Origin | undefined {
  return phase.in === 'connected' ? phase.origin : undefined
}
