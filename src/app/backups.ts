// Backups that administrators begin in a browser: one at a time, into the folder of the settings.
import { resolve } from 'node:path'
import type { RecordBook } from '../accounts/records.ts'
import type { Ids } from '../base/ids.ts'
import type { Log } from '../base/log.ts'
import { Refused } from '../base/refused.ts'
import type { AdminBackupJob } from '../protocols/jmap/administration/types.ts'
import { failureText } from './failure.ts'
import { backupKept, type Kept } from './keeping.ts'

interface Ports {
  readonly records: RecordBook
  readonly ids: Ids
  readonly log: Log
  /** "" for none. */
  readonly folder: () => string
  readonly kept: Kept
}

/** Of the server, and no account. */
const place = { account: 'server', kind: 'BackupJob' }
const keptMax = 50

type Job = Omit<AdminBackupJob, 'id'>

export class Backups {
  readonly folder: () => string
  readonly #ports: Ports
  #running: { readonly id: string; readonly work: Promise<void> } | undefined

  constructor(ports: Ports) {
    this.#ports = ports
    this.folder = ports.folder
  }

  /** The newest first. One that no process is at any more has failed. */
  async list(): Promise<readonly AdminBackupJob[]> {
    const { records } = await this.#ports.records.list(place.account, place.kind)
    return records.toReversed().map(({ id, value }) => {
      const job = value as unknown as Job
      const lost = job.state === 'running' && this.#running?.id !== id
      return { id, ...job, ...(lost ? { state: 'failed', failure: 'the server stopped' } : {}) }
    })
  }

  /** @throws Refused 'bad-value', 'busy' */
  async start(): Promise<string> {
    const { records, ids } = this.#ports
    const said = this.#ports.folder()
    if (said === '') throw new Refused('bad-value', 'backup.folder is not set')
    if (this.#running) throw new Refused('busy', 'a backup')
    const id = ids.next()
    const job: Job = {
      ...{ state: 'running', folder: resolve(said), startedAt: new Date().toISOString() },
      ...{ finishedAt: null, bytes: 0, copiedBytes: 0, failure: '' },
    }
    const work = this.#run(id, job).finally(() => {
      this.#running = undefined
    })
    this.#running = { id, work }
    const before = (await this.list()).slice(keptMax).map((old) => old.id)
    await records.change(place, [], before)
    return id
  }

  async close(): Promise<void> {
    await this.#running?.work
  }

  async #run(id: string, job: Job): Promise<void> {
    const { records, kept, log } = this.#ports
    const put = (value: Job) => records.change(place, [{ id, value: { ...value } }])
    try {
      await put(job)
      const { bytes, copiedBytes, damaged } = await backupKept(kept, job.folder)
      const state = damaged.length === 0 ? 'done' : 'failed'
      const failure = damaged.length === 0 ? '' : `damaged: ${damaged.slice(0, 10).join(', ')}`
      await put({ ...job, ...{ state, bytes, copiedBytes, failure }, finishedAt: now() })
      log.info('backup', { folder: job.folder, bytes, copiedBytes, damaged: damaged.length })
    } catch (error) {
      log.error('backup failed', { folder: job.folder, error })
      const failure = failureText(error) ?? (error as Error).message
      await put({ ...job, state: 'failed', failure, finishedAt: now() }).catch(() => {})
    }
  }
}

function now(): string {
  return new Date().toISOString()
}
