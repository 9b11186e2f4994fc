// One connection to PostgreSQL: statements in flight one behind the other, prepared once, and its
// end told in one word. Knows nothing of jobs.
import { Socket } from 'node:net'
import { Client, DatabaseError, type QueryResult } from 'pg'
import { Copy, type CopyData } from './postgres-copy.ts'
import { ConnectionLost, failing } from './postgres-errors.ts'
import { encoded, kindsOf, numbered, postgresParsers } from './postgres-values.ts'
import type { Row, Statement } from './sql.ts'

export interface PostgresPlace {
  /** "postgres://user:password@host/database" */
  readonly url: string
  /** What others see in pg_stat_activity. */
  readonly name: string
  /** How long a statement may wait for another's lock; 0 for ever. */
  readonly lockTimeoutMs?: number
  /** How long a statement may take before the server ends it; 0 for ever. */
  readonly statementTimeoutMs?: number
}

interface Query {
  text: string
  values?: unknown[]
  name?: string
  rowMode?: 'array'
}

const connectTimeoutMs = 5_000
/** Beyond the server's own limit: then the network, or the server, has gone without a word. */
const silenceMs = 15_000
const gatheredMax = 24
const preparedMax = 512
const textsMax = 2_000

export class PostgresConnection {
  readonly #client: Client
  readonly #socket: Socket
  readonly #names = new Map<string, string>()
  readonly #texts = new Map<string, string>()
  readonly #place: PostgresPlace
  readonly #ended: (() => void)[] = []
  #inFlight = 0
  /** Statements that were asked in this breath. */
  #gathered = 0
  #idle: (() => void)[] = []
  #silence: NodeJS.Timeout | undefined
  #lost: ConnectionLost | undefined

  private constructor(place: PostgresPlace) {
    this.#place = place
    this.#socket = new Socket()
    this.#client = new Client({
      connectionString: place.url,
      application_name: place.name,
      connectionTimeoutMillis: connectTimeoutMs,
      keepAlive: true,
      pipeline: true,
      stream: () => this.#socket,
      types: postgresParsers,
    })
    this.#client.on('error', (error) => this.#end(error))
    this.#client.on('end', () => this.#end('it was closed'))
  }

  /** @throws ConnectionLost, or the server's refusal */
  static async open(place: PostgresPlace): Promise<PostgresConnection> {
    const connection = new PostgresConnection(place)
    try {
      await connection.#client.connect()
      // Not as start-up options: those of the address would replace them.
      const { lockTimeoutMs = 0, statementTimeoutMs = 0 } = place
      await connection.say(`set lock_timeout = ${lockTimeoutMs}`)
      await connection.say(`set statement_timeout = ${statementTimeoutMs}`)
      return connection
    } catch (error) {
      connection.#socket.destroy()
      connection.#end(error)
      throw error instanceof DatabaseError ? error : new ConnectionLost(error)
    }
  }

  get lost(): boolean {
    return this.#lost !== undefined
  }

  /** Statements whose answer has not come. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Calls `listener` when the connection has ended, whoever ended it. */
  onEnd(listener: () => void): void {
    this.#ended.push(listener)
  }

  onNotification(listener: (channel: string, payload: string) => void): void {
    this.#client.on('notification', ({ channel, payload = '' }) => listener(channel, payload))
  }

  /**
   * The rows of a statement. It goes out at once, whatever is in flight before it.
   * @throws TypeError for values that cannot be bound, before anything goes out
   */
  async ask(statement: Statement): Promise<readonly Row[]> {
    const { text, values, arrays, copyIn, copyOut } = statement
    if (copyIn || copyOut) return this.#copy(text, copyIn)
    const kinds = kindsOf(values)
    const whole = this.#whole(text, kinds)
    const name = this.#nameOf(whole)
    const bound = values.map(encoded)
    const query: Query = { text: whole, values: bound }
    if (name !== undefined) query.name = name
    if (arrays) query.rowMode = 'array'
    return (await this.#query(query)).rows
  }

  /** A COPY; `onData` is given each row that comes out, whose bytes are there until it returns. */
  copy(text: string, data?: CopyData, onData?: (row: Buffer) => void): Promise<void> {
    const copied = (resolve: () => void, reject: (error: Error) => void) => {
      const told = { resolve, reject, ...(onData && { onData }) }
      this.#client.query(new Copy(text, data, told))
    }
    return this.#send(() => new Promise<void>(copied))
  }

  /** A statement without values or rows, such as "begin"; what it did, in capitals. */
  async say(text: string): Promise<string> {
    return (await this.#query({ text })).command
  }

  /** Resolves when nothing is in flight. */
  idle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  /** Ends it at once; what is in flight fails. */
  destroy(): void {
    this.#socket.destroy()
  }

  /** Ends it in good order. To be called when nothing is in flight. */
  async close(): Promise<void> {
    if (!this.#lost) await this.#client.end().catch(() => this.destroy())
  }

  #query(query: Query): Promise<QueryResult> {
    return this.#send(() => this.#client.query(query))
  }

  async #copy(text: string, data: CopyData | undefined): Promise<readonly Row[]> {
    const rows: Row[] = []
    // Its memory is the driver's, who uses it again.
    await this.copy(text, data, (row) => void rows.push({ row: Buffer.from(row) }))
    return rows
  }

  async #send<R>(send: () => Promise<R>): Promise<R> {
    if (this.#lost) throw this.#lost
    if (this.#inFlight++ === 0) this.#watch()
    this.#gather()
    try {
      return await send()
    } catch (error) {
      if (error instanceof DatabaseError) {
        // The socket's end is on its way; nothing more may be asked.
        if (failing(error) === 'lost') this.destroy()
        throw error
      }
      if (this.#lost || this.#socket.destroyed) throw this.#lost ?? new ConnectionLost(error)
      throw error
    } finally {
      if (--this.#inFlight === 0) this.#rest()
      else this.#silence?.refresh()
    }
  }

  /**
   * What is asked in one breath goes out in few writes: each costs as much as a statement. Not all
   * of it in one: the server begins with the first while the rest is still being put together.
   */
  #gather(): void {
    if (this.#gathered++ === 0) {
      this.#socket.cork()
      process.nextTick(() => {
        this.#gathered = 0
        this.#socket.uncork()
      })
    } else if (this.#gathered % gatheredMax === 0) {
      this.#socket.uncork()
      this.#socket.cork()
    }
  }

  #watch(): void {
    const { statementTimeoutMs = 0 } = this.#place
    if (statementTimeoutMs === 0) return
    this.#silence ??= setTimeout(() => {
      if (this.#inFlight > 0) this.destroy()
    }, statementTimeoutMs + silenceMs).unref()
    this.#silence.refresh()
  }

  #rest(): void {
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }

  #whole(text: string, kinds: string): string {
    const key = `${kinds} ${text}`
    let whole = this.#texts.get(key)
    if (whole === undefined) {
      whole = numbered(text, kinds)
      if (this.#texts.size < textsMax) this.#texts.set(key, whole)
    }
    return whole
  }

  /** Statements of the program are few; any that were built beyond that are parsed each time. */
  #nameOf(whole: string): string | undefined {
    const name = this.#names.get(whole)
    if (name !== undefined || this.#names.size >= preparedMax) return name
    const next = `amplop_${this.#names.size}`
    this.#names.set(whole, next)
    return next
  }

  #end(cause: unknown): void {
    if (this.#lost) return
    this.#lost = new ConnectionLost(cause)
    clearTimeout(this.#silence)
    for (const listener of this.#ended) listener()
  }
}
