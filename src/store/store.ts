// The store of a process as the rooms above it are given it, and what it is opened with.
import type { Log } from '../base/log.ts'
import type { BlobRef, Blobs } from './blobs.ts'
import type { Engine, Migration } from './engine.ts'
import type { Notifier } from './notifier.ts'
import type { Recovery } from './recover.ts'
import type { Job } from './sql.ts'
import type { SweepOptions, Swept } from './sweeper.ts'

export interface StoreOptions {
  /** The data folder; made, with mode 0700, when it is not there. */
  readonly folder: string
  /** The module that calls `serveWriter(jobs)`, with `onLost` among the jobs. */
  readonly workerUrl: URL
  /** Of all rooms; the store adds its own. */
  readonly migrations: readonly Migration[]
  /** Drops the owners' rows of blobs whose bytes never arrived. May be given them twice. */
  readonly onLost: Job<readonly BlobRef[], void>
  readonly log: Log
  /** Below so many free bytes new blobs are refused with 'no-space'; 0 is never. */
  readonly freeMinBytes?: number
  readonly sweep?: Partial<SweepOptions>
  /**
   * "postgres://…": rows and bytes are there, and not in the folder; several processes may share
   * them. "" is the same as none.
   */
  readonly url?: string
}

export type Health = 'ok' | 'no-space' | 'unavailable' | 'failed'

export interface Store {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly notifier: Notifier
  /** What the start found. */
  readonly recovery: Recovery
  /** 'no-space' and 'unavailable' may pass; 'failed' lasts until the process starts anew. */
  health(): Health
  /** Gives back what nobody owns, now. */
  sweep(): Promise<Swept>
  /** Finishes what waits. To be called when nobody asks any more; once is enough. */
  close(): Promise<void>
}
