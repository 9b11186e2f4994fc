// A connection to PostgreSQL that is made anew when it was lost, and is only used when commits on
// it are durable.
import { Refused } from '../base/refused.ts'
import { PostgresConnection, type PostgresPlace } from './postgres-connection.ts'
import { judged } from './postgres-errors.ts'

/** After a failed attempt to connect, who asks is told so at once for this long. */
const pauseMs = 100

export class PostgresLane {
  readonly #place: PostgresPlace
  #connection: PostgresConnection | undefined
  #opening: Promise<PostgresConnection> | undefined
  #failure: { readonly error: Error; readonly until: number } | undefined
  #closed = false

  constructor(place: PostgresPlace) {
    this.#place = place
  }

  /** @throws Refused 'unavailable' when there is none to be had now. */
  async get(): Promise<PostgresConnection> {
    if (this.#closed) throw new Refused('unavailable', 'the database is closed')
    if (this.#connection && !this.#connection.lost) return this.#connection
    if (this.#failure && performance.now() < this.#failure.until) throw this.#failure.error
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#opening?.catch(() => {})
    await this.#connection?.close()
  }

  async #open(): Promise<PostgresConnection> {
    try {
      this.#connection = await openDurable(this.#place)
      this.#failure = undefined
      return this.#connection
    } catch (error) {
      const refused = judged(error)
      const known = refused instanceof Refused
      const failure = known ? refused : new Refused('unavailable', refused.message)
      this.#failure = { error: failure, until: performance.now() + pauseMs }
      throw failure
    }
  }
}

interface Settings {
  readonly synchronous_commit: string
  readonly fsync: string
  readonly encoding: string
  readonly standby: number
}

/** @throws Error unless a commit on this connection is on disk when it returns. */
export async function openDurable(place: PostgresPlace): Promise<PostgresConnection> {
  const connection = await PostgresConnection.open(place)
  try {
    const [row] = await connection.ask({
      text: `select current_setting('synchronous_commit') as synchronous_commit,
        current_setting('fsync') as fsync, current_setting('server_encoding') as encoding,
        pg_is_in_recovery() as standby`,
      values: [],
    })
    assertDurable(row as unknown as Settings)
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

// "local" and "remote_write" are below "on": with a standby they return before it has the commit.
const durable = ['on', 'remote_apply']

function assertDurable({ synchronous_commit, fsync, encoding, standby }: Settings): void {
  if (!durable.includes(synchronous_commit))
    throw new Error(`the database's synchronous_commit is ${synchronous_commit}, not on`)
  if (fsync !== 'on') throw new Error(`the database's fsync is ${fsync}, not on`)
  if (encoding !== 'UTF8') throw new Error(`the database's encoding is ${encoding}, not UTF8`)
  if (standby !== 0) throw new Refused('unavailable', 'the database is a standby, and read-only')
}
