// A directory on a database of its own, for tests.
import { Ids } from '../../base/ids.ts'
import type { Log, LogFields } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { type Cleanup, newFolder, sqlite, type TestEngine } from '../../store/testing/places.ts'
import { Accounts } from '../accounts.ts'
import type { Guard } from '../guard.ts'
import { type PasswordLimits, Passwords } from '../passwords.ts'
import { migrations } from '../tables.ts'
import type { TokenCheck } from '../token-check.ts'
import { testGuard } from './guard.ts'
import { life } from './jobs.ts'

const workerUrl = new URL('./writer.ts', import.meta.url)

export interface DirectoryOptions {
  readonly engine?: TestEngine
  readonly alsoLocal?: readonly string[]
  readonly postmaster?: string
  readonly limits?: PasswordLimits
  readonly scram?: boolean
  readonly guard?: Guard
  readonly tokenCheck?: TokenCheck
  readonly now?: () => number
}

export interface Line {
  readonly event: string
  readonly fields: LogFields
}

export async function openDirectory(test: Cleanup, options: DirectoryOptions = {}) {
  const folder = newFolder(test)
  const kind = options.engine ?? sqlite
  const engine = await kind.open(folder, { workerUrl, migrations, log: silentLog })
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
    scram: options.scram ?? true,
    guard: options.guard ?? testGuard(),
    ...(options.tokenCheck ? { tokenCheck: options.tokenCheck } : {}),
    ids: new Ids(),
    log,
    now: options.now ?? Date.now,
  })
  const close = async () => {
    await passwords.close()
    await engine.close()
  }
  const stored = () => kind.stored(folder)
  return { accounts, passwords, lines, close, stored }
}
