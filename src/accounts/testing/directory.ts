// A directory on a database of its own, for tests.
import { join } from 'node:path'
import { Ids } from '../../base/ids.ts'
import type { Log, LogFields } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { openSqlite } from '../../store/sqlite-engine.ts'
import { type Cleanup, newFolder } from '../../store/testing/places.ts'
import { Accounts } from '../accounts.ts'
import { type PasswordLimits, Passwords } from '../passwords.ts'
import { migrations } from '../tables.ts'
import { life } from './jobs.ts'

const workerUrl = new URL('./writer.ts', import.meta.url)

export interface DirectoryOptions {
  readonly alsoLocal?: readonly string[]
  readonly postmaster?: string
  readonly limits?: PasswordLimits
  readonly now?: () => number
}

export interface Line {
  readonly event: string
  readonly fields: LogFields
}

export async function openDirectory(test: Cleanup, options: DirectoryOptions = {}) {
  const folder = newFolder(test)
  const file = join(folder, 'amplop.db')
  const engine = await openSqlite({ file, workerUrl, migrations, log: silentLog })
  const passwords = new Passwords(options.limits)
  const lines: Line[] = []
  const log: Log = {
    ...silentLog,
    info: (event, fields = {}) => {
      lines.push({ event, fields })
    },
  }
  const accounts = new Accounts(engine, {
    alsoLocal: options.alsoLocal ?? [],
    postmaster: options.postmaster ?? '',
    life,
    passwords,
    ids: new Ids(),
    log,
    now: options.now ?? Date.now,
  })
  const close = async () => {
    await passwords.close()
    await engine.close()
  }
  return { accounts, passwords, lines, close, file }
}
