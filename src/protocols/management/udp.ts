// Answers the management datagrams of old clients: a few counters, and the switch of the transform.
// Who sent a datagram is only claimed, so no answer is longer than its question, and only trusted
// networks get any.
import { createHash, timingSafeEqual } from 'node:crypto'
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { Log } from '../../base/log.ts'
import { type Networks, plainAddress } from '../../base/networks.ts'
import type { Statistics } from '../../base/statistics.ts'
import type { Tally } from '../../base/tally.ts'
import {
  answer,
  datagramBytes,
  type Question,
  question,
  type Status,
  type Value,
} from './grammar.ts'

/** The program that changes messages, where there is one. */
export interface Switch {
  on(): boolean
  /** @throws Error when it cannot be changed. */
  turn(on: boolean): void
}

export interface ManagementOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Eight bytes, asked for anew each time. */
  readonly token: () => string
  readonly trusted: { readonly networks: Networks }
  readonly statistics: Statistics
  /** undefined while no program is defined. */
  readonly transform: () => Switch | undefined
  readonly tally: Tally
  readonly log: Log
}

export interface ManagementListener {
  readonly address: string
  readonly port: number
  readonly connections: number
  readonly accepted: number
  /** Not answered. */
  readonly refused: number
  readonly bytesIn: number
  readonly bytesOut: number
  close(): Promise<void>
}

/** Wrong tokens that are answered in a second; more are somebody guessing. */
const guessesMax = 10

/** Listens. Rejects with the system's error when the port cannot be had. */
export async function listenManagement(options: ManagementOptions): Promise<ManagementListener> {
  const port = new ManagementPort(options)
  await port.open()
  return port
}

class ManagementPort implements ManagementListener {
  address = ''
  port = 0
  readonly connections = 0
  accepted = 0
  refused = 0
  bytesIn = 0
  bytesOut = 0
  readonly #options: ManagementOptions
  readonly #socket: Socket
  #guesses = 0
  #second = 0

  constructor(options: ManagementOptions) {
    this.#options = options
    const v6 = options.host.includes(':')
    this.#socket = createSocket({ type: v6 ? 'udp6' : 'udp4', ipv6Only: v6 })
  }

  async open(): Promise<void> {
    const socket = this.#socket
    const { host, port, log } = this.#options
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ address: host, port }, () => {
        socket.off('error', reject)
        resolve()
      })
    })
    socket.on('error', (error) => log.warn('management UDP failed', { error }))
    socket.on('message', (datagram, from) => this.#receive(datagram, from))
    const at = socket.address()
    this.address = at.address
    this.port = at.port
  }

  close(): Promise<void> {
    this.#socket.removeAllListeners('message')
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const began = performance.now()
    this.accepted++
    this.bytesIn += datagram.length
    const reply = this.#reply(datagram, from)
    if (!reply) {
      this.refused++
      return
    }
    this.bytesOut += reply.length
    this.#socket.send(reply, from.port, from.address, (error) => {
      if (error) this.#options.log.info('management answer not sent', { error })
    })
    this.#options.tally.commandMs.observe(performance.now() - began)
  }

  #reply(datagram: Buffer, from: RemoteInfo): Buffer | undefined {
    const { trusted, tally, log } = this.#options
    const client = plainAddress(from.address)
    if (from.port === 0 || !trusted.networks.has(client)) return undefined
    const asked = question(datagram)
    if (!asked) return undefined
    const { status, value } = this.#outcome(asked, datagram.length)
    if (status !== 'ok') tally.refused(reasons[status])
    if (status !== 'wrongToken') return answer(asked.id, status, value)
    log.info('management token wrong', { client })
    return this.#guessing() ? undefined : answer(asked.id, status)
  }

  #outcome(asked: Question, length: number): { status: Status; value?: Value } {
    if (asked.version !== 0) return { status: 'wrongVersion' }
    if (!same(asked.token, this.#options.token())) return { status: 'wrongToken' }
    if (length !== datagramBytes) return { status: 'badRequest' }
    try {
      return this.#run(asked.command)
    } catch (error) {
      this.#options.log.warn('management command failed', { command: asked.command, error })
      return { status: 'failed' }
    }
  }

  #run(command: number): { status: Status; value?: Value } {
    const { statistics, transform } = this.#options
    const values = [
      () => ({ count: statistics.total() }),
      () => ({ count: statistics.current() }),
      () => ({ bytes: statistics.bytes() }),
      () => ({ count: statistics.mails() }),
    ]
    const value = values[command]
    if (value) return { status: 'ok', value: value() }
    if (command > 6) return { status: 'unknownCommand' }
    const program = transform()
    if (!program) return { status: 'noProgram' }
    if (command > 4) program.turn(command === 5)
    return { status: 'ok', value: { yes: program.on() } }
  }

  #guessing(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) this.#guesses = 0
    this.#second = second
    return ++this.#guesses > guessesMax
  }
}

const reasons: Readonly<Record<Exclude<Status, 'ok'>, string>> = {
  wrongToken: 'wrong-token',
  wrongVersion: 'wrong-version',
  unknownCommand: 'unknown-command',
  badRequest: 'bad-request',
  noProgram: 'no-program',
  failed: 'failed',
}

/** In the same time whatever is wrong about it. */
function same(given: Buffer, token: string): boolean {
  const hash = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest()
  return timingSafeEqual(hash(given), hash(token))
}
