// A laden house as its clients see it: SMTP and gateway sessions with accounts of what was
// acknowledged, and an audit of everything afterwards.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { verifyKept } from '../../src/app/keeping.ts'
import {
  audit,
  Ledger,
  type Mail,
  mailMaker,
  randomOf,
  sendByGateway,
  sendBySmtp,
} from './accounts-of-mail.ts'
import { openHouse } from './house.ts'
import type { Cleanup } from './places.ts'
import { auditVerbs, VerbLedger } from './verb-ledger.ts'

const program = fileURLToPath(new URL('./laden-house.ts', import.meta.url))
const addresses = ['tito@example.com', 'iqbal@example.com']

export interface LadenOptions {
  readonly data: string
  readonly seed: number
  readonly smtpSessions?: number
  readonly gatewayClients?: number
  readonly verbLanes?: number
  readonly env?: Readonly<Record<string, string>>
  readonly freeMinBytes?: number
}

/** A data folder and all that was done with it, over several lives of its server. */
export class Laden {
  readonly ledger = new Ledger()
  readonly verbs = new VerbLedger()
  readonly random: () => number
  readonly #options: LadenOptions
  readonly #make: (name: string) => Mail
  #lives = 0

  constructor(options: LadenOptions) {
    this.#options = options
    this.random = randomOf(options.seed)
    this.#make = mailMaker(this.random, addresses)
  }

  /** Starts a server; resolves when it is ready. */
  async serve(test: Cleanup): Promise<LadenServer> {
    const { data, verbLanes = 2, freeMinBytes = 0, env = {} } = this.#options
    this.over(false)
    const args = [program, data, `${++this.#lives}`, `${verbLanes}`, `${freeMinBytes}`]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    test.after(() => {
      child.kill('SIGKILL')
    })
    return await LadenServer.ready(child, (line) => this.verbs.hear(line))
  }

  /** Sends by every way until each session is ended, or `more` says no; what each heard last. */
  load({ ports }: LadenServer, more: () => boolean = () => true): Promise<string[]> {
    const { smtpSessions = 6, gatewayClients = 2 } = this.#options
    const life = this.#lives
    const sessions = (count: number, send: typeof sendBySmtp, port: number, way: string) =>
      Array.from({ length: count }, (_, n) =>
        send(port, this.ledger, () => (more() ? this.#make(`${life}-${way}${n}`) : undefined)),
      )
    return Promise.all([
      ...sessions(smtpSessions, sendBySmtp, ports.smtp, 's'),
      ...sessions(gatewayClients, sendByGateway, ports.gateway, 'g'),
    ])
  }

  /** Waits for what the load brings; rejects when the load ended before. */
  async until<T>(ended: Promise<readonly string[]>, reached: Promise<T>): Promise<T> {
    const early = ended.then((heard): never => {
      throw new Error(`every session ended: ${heard.join(' | ')}`)
    })
    return await Promise.race([reached, early])
  }

  /** Everything that is not as it was told; no server may run. */
  async audited(): Promise<string[]> {
    const closedBelow = { after: () => {} }
    const folder = this.#options.data
    const house = await openHouse(closedBelow, { folder, users: ['tito', 'iqbal'] })
    try {
      const { rooms } = house.started
      if (!rooms) throw new Error('a house with rooms')
      const mail = await audit(rooms, this.ledger, addresses)
      const verbs = await auditVerbs(rooms, this.verbs, 'tito@example.com')
      return [...mail, ...verbs]
    } finally {
      await house.close()
    }
  }

  /** Whether the server's end has come: what is heard afterwards counts for nothing. */
  over(ended: boolean): void {
    this.ledger.over(ended)
    this.verbs.over(ended)
  }

  /**
   * What was answered with a failure may be there all the same: bytes and rows reached the disk,
   * and only word of it was lost. From now on it counts as begun.
   */
  doubtRefusals(): void {
    for (const entry of this.ledger.entries.values())
      if (entry.state === 'refused') entry.state = 'begun'
  }

  /** What `amplop verify` finds. */
  async verified(): Promise<string[]> {
    const { damaged, problems } = await verifyKept({ folder: this.#options.data, url: '' })
    return [...damaged.map(({ what, owners }) => `${what} (${owners.join()})`), ...problems]
  }
}

export interface Ports {
  readonly smtp: number
  readonly gateway: number
  readonly http: number
}

export class LadenServer {
  readonly ports: Ports
  readonly #child: ChildProcess
  readonly #ended: Promise<string>
  readonly errors: string[]

  private constructor(child: ChildProcess, ports: Ports, errors: string[]) {
    this.#child = child
    this.ports = ports
    this.errors = errors
    this.#ended = new Promise((resolve) => {
      if (child.exitCode !== null) resolve(`${child.exitCode}`)
      child.once('close', (code, signal) => resolve(`${code ?? signal}`))
    })
  }

  static ready(child: ChildProcess, hear: (line: string) => void): Promise<LadenServer> {
    const errors: string[] = []
    createInterface({ input: child.stderr! }).on('line', (line) => errors.push(line))
    return new Promise((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors.join('\n')}`)))
      createInterface({ input: child.stdout! }).on('line', (line) => {
        if (line.startsWith('{')) resolve(new LadenServer(child, JSON.parse(line), errors))
        else hear(line)
      })
    })
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with the status or the signal it ended by. */
  async stop(signal: NodeJS.Signals): Promise<string> {
    this.#child.kill(signal)
    return await this.#ended
  }
}
