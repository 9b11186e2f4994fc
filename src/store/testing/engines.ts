// The engines that the suites of every owning room run on.

import { type TestContext, test } from 'node:test'
import { blobSteps } from '../blob-rows.ts'
import { postgresBlobSteps } from '../postgres-blob-rows.ts'
import { openPostgres, type PostgresEngine } from '../postgres-engine.ts'
import { noteSteps } from './jobs.ts'
import { keepingLog, type OpenOptions, sqlite, type TestEngine } from './places.ts'
import { PostgresServer } from './postgres-server.ts'

/** PostgreSQL, by a server of this test process: a folder's name is the name of a place on it. */
export class TestPostgres implements TestEngine {
  readonly name = 'PostgreSQL'
  readonly skip = PostgresServer.missing()
  readonly resultsAreCloned = false
  #server: PostgresServer | undefined

  get server(): PostgresServer {
    this.#server ??= PostgresServer.make()
    return this.#server
  }

  url(folder: string): Promise<string> {
    return this.server.place(folder)
  }

  async stored(): Promise<Buffer> {
    return this.server.written()
  }

  async open(folder: string, options: OpenOptions = {}): Promise<PostgresEngine> {
    const { migrations = noteSteps, limits = {}, log = keepingLog([]) } = options
    return openPostgres({
      url: await this.url(folder),
      migrations: [...blobSteps, ...postgresBlobSteps, ...migrations],
      log,
      ...limits,
    })
  }
}

export const postgres = new TestPostgres()

export const engines: readonly TestEngine[] = [sqlite, postgres]

/** One test for each engine. */
export function everyEngine(
  name: string,
  run: (t: TestContext, engine: TestEngine) => Promise<void>,
): void {
  for (const engine of engines)
    test(`${engine.name}: ${name}`, { skip: engine.skip }, (t) => run(t, engine))
}
