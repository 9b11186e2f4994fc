// Opens the ports: which closet serves on which, with which limits.
import type { Access } from '../base/access.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Networks } from '../base/networks.ts'
import type { Statistics } from '../base/statistics.ts'
import { Tally } from '../base/tally.ts'
import type { MessageCount, OpenPort, PortCounters } from '../protocols/admin/ports.ts'
import type { Gateway } from '../protocols/gateway/gateway.ts'
import { awayText, busyText, serveGateway } from '../protocols/gateway/session.ts'
import { listenUdp } from '../protocols/gateway/udp.ts'
import { serveImap } from '../protocols/imap/imap.ts'
import { Recents } from '../protocols/imap/recents.ts'
import * as imapReplies from '../protocols/imap/replies.ts'
import type { Phase as ImapPhase, ImapPorts } from '../protocols/imap/session.ts'
import { listenManagement } from '../protocols/management/udp.ts'
import * as sieveReplies from '../protocols/managesieve/replies.ts'
import { InUse } from '../protocols/pop3/in-use.ts'
import { pop3 } from '../protocols/pop3/pop3.ts'
import * as pop3Replies from '../protocols/pop3/replies.ts'
import type { Phase as Pop3Phase, Pop3Ports } from '../protocols/pop3/session.ts'
import { SmtpBooks } from '../protocols/smtp/books.ts'
import { away, busy } from '../protocols/smtp/replies.ts'
import type { SmtpOptions, SmtpPorts } from '../protocols/smtp/session.ts'
import { smtp } from '../protocols/smtp/smtp.ts'
import type { Challenges } from '../wire/acme/challenges.ts'
import type { Connection } from '../wire/connection.ts'
import { serveHttp } from '../wire/http.ts'
import { type HttpServer, httpLimits, type Route } from '../wire/http-types.ts'
import { type ListenerOptions, listen } from '../wire/listener.ts'
import { converse } from '../wire/protocol.ts'
import { type CertifiedKey, renew, type ServerContext, secureContext } from '../wire/tls.ts'
import type { Place } from './config/kinds.ts'
import type { LiveSettings } from './config/live.ts'
import type { Settings } from './config/schema.ts'
import { jmapUrl } from './jmap-url.ts'
import { version } from './program.ts'
import { imapReason, pop3Reason, readerWitness } from './reader-book.ts'
import type { Rooms } from './rooms.ts'
import { sieveService } from './sieve-listener.ts'
import { statisticsOf } from './statistics.ts'

/** A port that is open, whatever it speaks. */
export interface Open extends OpenPort {
  close(graceMs: number): Promise<void>
}

export interface ListenerPorts {
  readonly live: LiveSettings
  readonly ids: Ids
  readonly log: Log
  readonly access: Access
  /** Messages by protocol, for the management protocols. */
  readonly messages: () => readonly MessageCount[]
  readonly pair: CertifiedKey
  /** Who signs clients' certificates, in PEM, or "". */
  readonly clientCa: string
  readonly descriptorsMax: number
  /** What an authority may come for. */
  readonly challenges: Challenges
  /** Whether what comes can be kept, or will never be before a restart. */
  readonly canKeep: () => boolean
}

/** What the rooms behind can keep. */
const offers: SmtpOptions['offers'] = new Set([
  ...(['DSN', 'REQUIRETLS', 'MT-PRIORITY', 'DELIVERBY', 'FUTURERELEASE'] as const),
])

export class Listeners {
  readonly open: Open[] = []
  readonly #ports: ListenerPorts
  readonly #statistics: Statistics
  readonly #tallies = new Map<string, Tally>()
  /** What shows the certificate, to be told of the next one. */
  readonly #renewals: ((pair: CertifiedKey) => void)[] = []

  constructor(ports: ListenerPorts) {
    this.#ports = ports
    this.#statistics = statisticsOf(this.open, ports.messages)
  }

  /** @throws Error naming the port that cannot be had; what was opened stays so until close(). */
  async smtp(rooms: Rooms): Promise<void> {
    const settings = this.#ports.live.current
    for (const place of settings.smtp.listen) await this.#smtp('smtp', place, 'smtp', rooms)
    for (const place of settings.submission.listen)
      await this.#smtp('submission', place, 'submission', rooms)
    for (const place of settings.submission.tls_listen)
      await this.#smtp('submissions', place, 'submission', rooms)
    for (const place of settings.lmtp.listen) await this.#smtp('lmtp', place, 'lmtp', rooms)
  }

  async pop3(rooms: Rooms): Promise<void> {
    const { live, log } = this.#ports
    const given = live.current.pop3
    const context = this.#context('pop3')
    const ports: Pop3Ports = {
      options: live.derive(({ pop3 }) => ({
        exclusive: pop3.exclusive,
        loginDelayMs: pop3.login_delay_ms,
        commandTimeoutMs: pop3.command_timeout_ms,
        errorsMax: pop3.errors_max,
      })),
      maildrops: rooms.maildrops,
      messages: rooms.messages,
      inUse: new InUse(Date.now),
      log,
      authenticator: (where) => rooms.accounts.authenticator(where),
    }
    const protocol = pop3(ports.options)
    const words = { busy: pop3Replies.busy, away: pop3Replies.away }
    const limits = (settings: Settings) => settings.pop3
    const secure = (plain: Connection) => plain.secure(context)
    const serve = (name: string) => (connection: Connection) => {
      const witness = readerWitness<Pop3Phase>(connection, {
        ...this.#books(name),
        ...{ protocol: 'pop3', reasonOf: pop3Reason },
        accountOf: (phase) => (phase.in === 'drop' ? phase.address : ''),
      })
      return converse(protocol, { connection, ports, log, witness, secure })
    }
    const line = (name: string, place: Place, tls?: ServerContext) =>
      this.#line({ name, place, ...(tls ? { tls } : {}), words, limits, serve: serve(name) })
    for (const place of given.listen) await line('pop3', place)
    for (const place of given.tls_listen) await line('pop3s', place, context)
  }

  async imap(rooms: Rooms): Promise<void> {
    const { live, log } = this.#ports
    const given = live.current.imap
    const context = this.#context('imap')
    const ports = this.#imapPorts(rooms)
    const words = { busy: imapReplies.busy, away: imapReplies.away }
    const limits = (settings: Settings) => settings.imap
    const secure = (plain: Connection) => plain.secure(context)
    const serve = (name: string) => (connection: Connection) => {
      const witness = readerWitness<ImapPhase>(connection, {
        ...this.#books(name),
        ...{ protocol: 'imap', reasonOf: imapReason },
        accountOf: (phase) => (phase.in === 'stranger' ? '' : phase.user.address),
      })
      return serveImap(ports, { connection, log, witness, secure })
    }
    const line = (name: string, place: Place, tls?: ServerContext) =>
      this.#line({ name, place, ...(tls ? { tls } : {}), words, limits, serve: serve(name) })
    for (const place of given.listen) await line('imap', place)
    for (const place of given.tls_listen) await line('imaps', place, context)
  }

  async managesieve(rooms: Rooms): Promise<void> {
    const { live, log } = this.#ports
    const name = 'sieve'
    const context = this.#context('managesieve')
    const serve = sieveService({ live, rooms, context, log, books: this.#books(name) })
    const words = { busy: sieveReplies.busy, away: sieveReplies.away }
    const limits = ({ managesieve }: Settings) => managesieve
    for (const place of live.current.managesieve.listen)
      await this.#line({ name, place, words, limits, serve })
  }

  #books(name: string) {
    return { access: this.#ports.access, tally: this.#tallyOf(name) }
  }

  /** `spoken` is a protocol's name in ALPN. */
  #context(spoken: string): ServerContext {
    const { pair, clientCa } = this.#ports
    const options = { clientCa, alpn: [spoken] }
    const context = secureContext(pair, options)
    this.#renewals.push((next) => renew(context, next, options))
    return context
  }

  /** Shows another certificate from now on. @throws Error when it and its key do not fit. */
  renew(pair: CertifiedKey): void {
    secureContext(pair)
    for (const show of this.#renewals) show(pair)
  }

  #imapPorts({ mailboxes, messages, search, accounts }: Rooms): ImapPorts {
    const { live, log } = this.#ports
    return {
      options: live.derive(({ server, http, imap: limits }) => ({
        serverName: server.name,
        version: version(),
        contact: `mailto:${server.postmaster || `postmaster@${server.name}`}`,
        sizeMaxBytes: limits.size_max_bytes,
        loginTimeoutMs: limits.login_timeout_ms,
        idleTimeoutMs: limits.idle_timeout_ms,
        dataMinBytesPerSecond: limits.data_min_bytes_per_second,
        // RFC 9585 §4: every 10 to 15 seconds.
        inProgressEveryMs: 10_000,
        ...{ messagesMax: limits.messages_max, savesMax: limits.saves_max },
        jmapUrl: jmapUrl(server.name, http.tls_listen[0]?.port),
        ...{ errorsMax: limits.errors_max, starttls: true },
      })),
      ...{ mailboxes, messages, search, log },
      recents: new Recents({ messages, now: Date.now }),
      authenticator: (where) => accounts.authenticator(where),
    }
  }

  async gateway(gateway: Gateway): Promise<void> {
    const settings = this.#ports.live.current
    const serve: ListenerOptions['serve'] = (connection) => serveGateway(gateway, connection)
    const words = { busy: busyText, away: awayText }
    const limits = ({ gateway }: Settings) => gateway
    const context = this.#context('amplop')
    for (const place of settings.gateway.tcp)
      await this.#line({ name: 'gateway', place, words, limits, serve })
    for (const place of settings.gateway.tls)
      await this.#line({ name: 'gateway-tls', place, tls: context, words, limits, serve })
    for (const { host, port } of settings.gateway.udp) {
      const udp = await named('gateway-udp', { host, port }, () =>
        listenUdp({ host, port, gateway, datagramMaxBytes: 65_507 }),
      )
      this.#add('gateway-udp', udp, udp, () => udp.close())
    }
  }

  async management(): Promise<void> {
    const { live, log } = this.#ports
    const trusted = live.derive(({ server }) => ({
      networks: new Networks(server.trusted_networks),
    }))
    const name = 'management-udp'
    const common = {
      ...{ trusted, log, tally: this.#tallyOf(name), statistics: this.#statistics },
      token: () => live.current.management.token,
      transform: () => transformOf(live),
    }
    for (const place of live.current.management.udp) {
      const udp = await named(name, place, () => listenManagement({ ...common, ...place }))
      this.#add(name, udp, udp, () => udp.close())
    }
  }

  async http(routes: readonly Route[]): Promise<void> {
    const { live, log, pair, challenges } = this.#ports
    const settings = live.current
    const common = { routes, log, limits: httpLimits }
    for (const place of settings.http.listen) {
      const server = await named('http', place, () => serveHttp({ ...common, ...place }))
      this.#addHttp('http', server)
    }
    for (const place of settings.http.tls_listen) {
      const server = await named('https', place, () =>
        serveHttp({ ...common, ...place, tls: pair, challenges }),
      )
      this.#renewals.push((next) => server.renew(next))
      this.#addHttp('https', server)
    }
  }

  async close(graceMs: number): Promise<void> {
    await Promise.all(this.open.map((open) => open.close(graceMs)))
    this.open.length = 0
  }

  async #smtp(name: string, place: Place, face: SmtpOptions['face'], rooms: Rooms): Promise<void> {
    const { live, ids, log, access } = this.#ports
    // RFC 7301 has no name for SMTP; this one is what careful clients use.
    const context = this.#context(face === 'lmtp' ? 'lmtp' : 'smtp')
    const books = new SmtpBooks({ access, tally: this.#tallyOf(name) })
    const ports: SmtpPorts = {
      options: live.derive((settings) => smtpOptions(face, settings)),
      delivery: books.watched(rooms.delivery),
      statistics: this.#statistics,
      ids,
      log,
      screen: rooms.screen,
      authenticator: (where) => rooms.accounts.authenticator(where),
    }
    const protocol = smtp(ports)
    const secure = (plain: Connection) => plain.secure(context)
    await this.#line({
      name,
      place,
      ...(name === 'submissions' ? { tls: context } : {}),
      words: { busy, away },
      limits: ({ smtp }) => smtp,
      serve: (connection) => {
        const witness = books.session(connection, face)
        return converse(protocol, { connection, ports, log, witness, secure }).finally(() =>
          rooms.screen({ at: 'end', session: connection.id }),
        )
      },
    })
  }

  async #line({ name, place, tls, words, limits, serve }: Line): Promise<void> {
    const { live, ids, log, descriptorsMax, canKeep } = this.#ports
    const own = {
      ...{ name, ...place, busy: words.busy, log, ids, serve },
      full: () => this.#connections() >= descriptorsMax,
      away: () => (canKeep() ? '' : words.away),
      ...(tls ? { tls } : {}),
    }
    const options = live.derive((settings) => ({
      ...own,
      connectionsMax: limits(settings).connections_max,
      connectionsPerNeighbourMax: limits(settings).connections_per_client_max,
      trusted: new Networks(settings.server.trusted_networks),
      proxies: new Networks(settings.server.proxy_networks),
    }))
    const listener = await named(name, place, () => listen(options))
    this.#add(name, listener, listener, (graceMs) => listener.close(graceMs))
  }

  /** On all ports. */
  #connections(): number {
    let sum = 0
    for (const { counters } of this.open) sum += counters.connections
    return sum
  }

  #addHttp(name: string, server: HttpServer): void {
    const { counters, address, port } = server
    const close: Open['close'] = (graceMs) => server.close(graceMs)
    this.open.push({ name, address, port, counters, tally: counters.tally, close })
  }

  #add(
    name: string,
    { address, port }: { address: string; port: number },
    counters: PortCounters,
    close: Open['close'],
  ): void {
    this.open.push({ name, address, port, counters, tally: this.#tallyOf(name), close })
  }

  #tallyOf(name: string): Tally {
    const tally = this.#tallies.get(name) ?? new Tally()
    this.#tallies.set(name, tally)
    return tally
  }
}

/** undefined while no program is set. */
function transformOf(live: LiveSettings) {
  if (live.current.transform.command.length === 0) return undefined
  return {
    on: () => live.current.transform.enabled,
    turn: (on: boolean) => void live.set('transform.enabled', String(on)),
  }
}

interface Line {
  readonly name: string
  readonly place: Place
  /** TLS from the first byte. */
  readonly tls?: ServerContext
  readonly words: { readonly busy: string; readonly away: string }
  readonly limits: (settings: Settings) => {
    readonly connections_max: number
    readonly connections_per_client_max: number
  }
  readonly serve: ListenerOptions['serve']
}

function smtpOptions(
  face: SmtpOptions['face'],
  { smtp: limits, server, management }: Settings,
): SmtpOptions {
  return {
    face,
    serverName: server.name,
    sizeMaxBytes: limits.size_max_bytes,
    recipientsMax: limits.recipients_max,
    lenient: limits.lenient,
    commandTimeoutMs: limits.command_timeout_ms,
    dataMinBytesPerSecond: limits.data_min_bytes_per_second,
    errorsMax: limits.errors_max,
    idleCommandsMax: limits.idle_commands_max,
    trusted: new Networks(server.trusted_networks),
    starttls: true,
    xclient: new Networks(limits.xclient_networks),
    verify: limits.verify,
    offers,
    xstat: management.xstat,
  }
}

/** Runs `open`; its error says which port, and what to do about it. */
async function named<T>(name: string, { host, port }: Place, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const where = `${host.includes(':') ? `[${host}]` : host}:${port} (${name})`
    if (code === 'EADDRINUSE')
      throw new Error(`port ${where} is in use: stop what listens there, or choose another port`)
    if (code === 'EACCES')
      throw new Error(`port ${where} needs a privilege: use ports above 1023, or run as root`)
    if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT')
      throw new Error(`this machine has no address for ${where}: take it out of the settings`)
    throw new Error(`cannot listen on ${where}: ${message}`)
  }
}
