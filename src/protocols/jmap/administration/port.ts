// What administration is given: the routes that commands ask, too, and what only a running server
// has at hand.
import type {
  AdminBackupJob,
  AdminCertificate,
  AdminDnsCheck,
  AdminLogEntry,
  AdminMetricSeries,
} from './types.ts'

export interface AdminQuestion {
  /** The address of whoever asks, for the log. */
  readonly by: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Not encoded: "/users/ann@example.com". */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
}

export interface Administration {
  /** As `amplop` asks over the admin socket; status and JSON. */
  ask(question: AdminQuestion): Promise<{ readonly status: number; readonly value: unknown }>
  /** The last lines, the oldest first. */
  log(): readonly AdminLogEntry[]
  series(): readonly AdminMetricSeries[]
  /** The last check of a domain, begun anew where it is old; never waits for it. */
  dns(domain: string, language: string, anew: boolean): Promise<Omit<AdminDnsCheck, 'id'>>
  certificate(): AdminCertificate | undefined
  readonly fixedDomains: readonly string[]
  readonly backups: {
    readonly folder: () => string
    list(): Promise<readonly AdminBackupJob[]>
    /** @throws Refused 'bad-value' where no folder is set, 'busy' while one is at work */
    start(): Promise<string>
  }
}
