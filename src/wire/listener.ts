// A listening TCP port: counts its clients, answers those beyond the limit, watches deadlines.
import { createServer, type Server, type Socket } from 'node:net'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { type Networks, neighbourhood } from '../base/networks.ts'
import { Connection } from './connection.ts'
import { type Origin, readProxyHeader } from './proxy-header.ts'
import type { ServerContext } from './tls.ts'

export interface ListenerOptions {
  readonly name: string
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** TLS from the first byte (RFC 8314 §3). */
  readonly tls?: ServerContext
  readonly connectionsMax: number
  /** Whether there is no room for one more on whatever port. */
  readonly full?: () => boolean
  /** From one IPv4 address or IPv6 /64. */
  readonly connectionsPerNeighbourMax: number
  /** These may fill all the places there are. */
  readonly trusted: Networks
  /** Proxies, whose every connection begins with a PROXY header, before any TLS. */
  readonly proxies?: Networks
  /** Said, with CRLF, to a client beyond a limit; nobody is closed on in silence. */
  readonly busy: string
  /** While it is not empty, said to every new client in place of serving it. */
  readonly away?: () => string
  readonly log: Log
  /** Makes the sessions' ids. */
  readonly ids: Ids
  /** Converses until done; the listener closes the connection after it. */
  serve(connection: Connection): Promise<void>
}

export interface Listener {
  readonly name: string
  readonly address: string
  readonly port: number
  readonly connections: number
  /** Since the start. */
  readonly accepted: number
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
  /** Stops accepting; sessions get `graceMs` to end, then their sockets are destroyed. */
  close(graceMs: number): Promise<void>
}

/** A proxy has its header ready when it connects. */
const proxyHeaderTimeoutMs = 5_000
/** How often deadlines are looked at: the greatest lateness of a time-out. */
const tickMs = 250
/** How many callers beyond the limit are told so with patience; the others may not hear it out. */
const refusalsAtOnceMax = 256

/** Listens. Rejects with the system's error (EADDRINUSE, EACCES) when the port cannot be had. */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const port = new Port(options)
  await port.open()
  return port
}

class Port implements Listener {
  readonly name: string
  accepted = 0
  refused = 0
  address = ''
  port = 0
  readonly #options: ListenerOptions
  readonly #server: Server
  readonly #sessions = new Map<Connection, Promise<void>>()
  readonly #neighbours = new Map<string, number>()
  readonly #introduced = new Set<Socket>()
  #closing = false
  #refusing = 0
  #pastIn = 0
  #pastOut = 0
  #clock: NodeJS.Timeout | undefined

  constructor(options: ListenerOptions) {
    this.name = options.name
    this.#options = options
    this.#server = createServer({ noDelay: true, keepAlive: true, allowHalfOpen: true }, (socket) =>
      this.#meet(socket),
    )
  }

  get connections(): number {
    return this.#sessions.size
  }
  get bytesIn(): number {
    let sum = this.#pastIn
    for (const connection of this.#sessions.keys()) sum += connection.bytesIn
    return sum
  }
  get bytesOut(): number {
    let sum = this.#pastOut
    for (const connection of this.#sessions.keys()) sum += connection.bytesOut
    return sum
  }

  async open(): Promise<void> {
    const { host, port } = this.#options
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen({ host, port, backlog: 4096, ipv6Only: host.includes(':') }, () => {
        this.#server.off('error', reject)
        resolve()
      })
    })
    this.#server.on('error', (error) => this.#options.log.error('accept failed', { error }))
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('no TCP address')
    this.address = address.address
    this.port = address.port
    this.#clock = setInterval(() => this.#tick(), tickMs)
    this.#clock.unref()
  }

  #meet(socket: Socket): void {
    this.accepted++
    const proxied = this.#options.proxies?.has(socket.remoteAddress ?? '') ?? false
    if (proxied && this.#introduced.size < this.#options.connectionsMax)
      void this.#introduce(socket)
    else if (proxied) socket.destroy()
    else this.#welcome(socket)
  }

  /** Hears from a proxy for whom it speaks. Without that its word is nobody's. */
  async #introduce(socket: Socket): Promise<void> {
    const { log, name } = this.#options
    this.#introduced.add(socket)
    // A lost connection also ends the reading of the header.
    socket.on('error', () => {})
    try {
      const origin = await readProxyHeader(socket, proxyHeaderTimeoutMs)
      if (this.#closing) socket.destroy()
      else this.#welcome(socket, origin)
    } catch (error) {
      log.warn('proxy without PROXY header', { listener: name, proxy: socket.remoteAddress, error })
      socket.destroy()
    } finally {
      this.#introduced.delete(socket)
    }
  }

  #welcome(socket: Socket, origin?: Origin): void {
    const connection = new Connection(socket, this.#options.ids.next(), origin)
    const { busy, away } = this.#options
    const absent = away?.() ?? ''
    if (absent !== '') {
      this.#refuse(connection, absent)
      return
    }
    const neighbour = neighbourhood(connection.address)
    const near = this.#neighbours.get(neighbour) ?? 0
    const { connectionsMax } = this.#options
    const full = this.#sessions.size >= connectionsMax || (this.#options.full?.() ?? false)
    if (full || (near >= this.#options.connectionsPerNeighbourMax && !this.#trusts(connection))) {
      this.#options.log.warn('too many connections', {
        limit: full ? 'in all' : 'from one network',
        client: connection.address,
      })
      this.#refuse(connection, busy)
      return
    }
    this.#neighbours.set(neighbour, near + 1)
    this.#sessions.set(connection, this.#session(connection, neighbour))
  }

  #trusts({ address }: Connection): boolean {
    return this.#options.trusted.has(address)
  }

  async #session(connection: Connection, neighbour: string): Promise<void> {
    try {
      if (this.#options.tls) await this.#secure(connection, this.#options.tls)
      if (!connection.closed) await this.#options.serve(connection)
    } catch (error) {
      this.#options.log.error('session failed', { error, client: connection.address })
    }
    await connection.close()
    this.#sessions.delete(connection)
    this.#pastIn += connection.bytesIn
    this.#pastOut += connection.bytesOut
    const near = this.#neighbours.get(neighbour) ?? 1
    if (near <= 1) this.#neighbours.delete(neighbour)
    else this.#neighbours.set(neighbour, near - 1)
  }

  async #secure(connection: Connection, context: ServerContext): Promise<void> {
    const limit = setTimeout(() => connection.destroy(), 30_000)
    limit.unref()
    try {
      await connection.secure(context)
    } catch (error) {
      this.#options.log.info('TLS handshake failed', { error, client: connection.address })
      connection.destroy()
    } finally {
      clearTimeout(limit)
    }
  }

  #refuse(connection: Connection, words: string): void {
    this.refused++
    if (this.#refusing >= refusalsAtOnceMax) {
      connection.say(`${this.#options.busy}\r\n`)
      connection.dismiss()
      return
    }
    this.#refusing++
    const secured = this.#options.tls
      ? this.#secure(connection, this.#options.tls)
      : Promise.resolve()
    void secured
      .then(() => {
        connection.say(`${words}\r\n`)
        return connection.close()
      })
      .finally(() => this.#refusing--)
  }

  #tick(): void {
    const now = performance.now()
    for (const connection of this.#sessions.keys()) connection.expire(now)
  }

  async close(graceMs: number): Promise<void> {
    this.#closing = true
    for (const socket of this.#introduced) socket.destroy()
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const timer = setTimeout(() => {
      for (const connection of this.#sessions.keys()) connection.destroy()
    }, graceMs)
    for (const connection of this.#sessions.keys()) connection.stop()
    await Promise.all(this.#sessions.values())
    clearTimeout(timer)
    clearInterval(this.#clock)
    await closed
  }
}
