// Brings a PostgreSQL database's schema up to this program's, step by step, though several
// processes start at once. Knows no tables but its own.
import type { Log } from '../base/log.ts'
import type { Migration } from './engine.ts'
import { inOrder, refuseUnknown, withTypes } from './migrate.ts'
import type { PostgresConnection } from './postgres-connection.ts'
import { failing } from './postgres-errors.ts'
import { openDurable } from './postgres-lane.ts'
import { postgresTypes } from './postgres-values.ts'
import { sql } from './sql.ts'

const waitMs = 60_000

/**
 * Runs the steps that the database has not had, in order of their names, each in a transaction.
 * Whoever holds the lock on the table of steps runs them; the others wait, and find them done.
 * @throws Error when it has had a step this program does not know.
 */
export async function migratePostgres(
  url: string,
  migrations: readonly Migration[],
  log: Log,
): Promise<void> {
  const steps = inOrder(migrations)
  const connection = await openDurable({ url, name: 'amplop migrate', lockTimeoutMs: waitMs })
  try {
    await makeTable(connection)
    refuseUnknown('the database', steps, await stepsHad(connection))
    for (const step of steps)
      if (await apply(connection, step)) log.info('schema step', { step: step.name })
  } finally {
    await connection.close()
  }
}

/** "if not exists" alone fails when two processes make the table at the same time. */
async function makeTable(connection: PostgresConnection): Promise<void> {
  const text = 'create table if not exists schema_steps (name text primary key, at bigint not null)'
  try {
    await connection.say(text)
  } catch (error) {
    if (failing(error) !== 'job') throw error
    await connection.say(text)
  }
}

async function stepsHad(connection: PostgresConnection): Promise<ReadonlySet<string>> {
  const rows = await connection.ask(sql`select name from schema_steps`)
  return new Set(rows.map((row) => String(row.name)))
}

/** Whether it was this process that ran it. */
async function apply(connection: PostgresConnection, step: Migration): Promise<boolean> {
  await connection.say('begin')
  try {
    await connection.say('lock table schema_steps in share row exclusive mode')
    const had = (await stepsHad(connection)).has(step.name)
    for (const statement of had ? [] : step.statements)
      await connection.say(withTypes(statement, postgresTypes))
    if (!had)
      await connection.ask(sql`insert into schema_steps values (${step.name}, ${Date.now()})`)
    await connection.say('commit')
    return !had
  } catch (error) {
    await connection.say('rollback').catch(() => {})
    throw new Error(`schema step ${step.name} failed: ${(error as Error).message}`, {
      cause: error,
    })
  }
}
