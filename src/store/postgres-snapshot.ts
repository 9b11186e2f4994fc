// One snapshot of a PostgreSQL database, as of one moment, on a connection of its own; writers are
// not disturbed. Knows no tables.
import { driveFar } from './drive.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { openDurable } from './postgres-lane.ts'
import { type Job, sql } from './sql.ts'

export class PostgresSnapshot {
  readonly connection: PostgresConnection

  private constructor(connection: PostgresConnection) {
    this.connection = connection
  }

  /** @throws Error in a person's words when there is no store in the database */
  static async open(url: string, name: string): Promise<PostgresSnapshot> {
    const connection = await openDurable({ url, name })
    try {
      await connection.say('begin isolation level repeatable read read only')
      if (!(await hasStore(connection)))
        throw new Error('the database holds no store: it has no table schema_steps')
      return new PostgresSnapshot(connection)
    } catch (error) {
      connection.destroy()
      throw error
    }
  }

  /** What a reading job finds in it. */
  run<A, R>(job: Job<A, R>, args: A): Promise<R> {
    return driveFar(job.work(args), (statement) => this.connection.ask(statement))
  }

  async close(): Promise<void> {
    await this.connection.say('rollback').catch(() => {})
    await this.connection.close()
  }
}

/** Whether a server has ever opened the database. */
export async function hasStore(connection: PostgresConnection): Promise<boolean> {
  const [row] = await connection.ask(sql`select to_regclass('schema_steps') is not null as known`)
  return row?.known === 1
}
