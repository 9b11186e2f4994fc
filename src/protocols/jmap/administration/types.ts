// The objects of administration as they go over the wire: what the server makes and what its pages
// read. Knows nothing but their shapes; times are UTCDates, as all of JMAP.

export interface AdminAccount {
  readonly id: string
  readonly address: string
  readonly name: string
  readonly isDisabled: boolean
  readonly isAdmin: boolean
  readonly hasTwoFactor: boolean
  readonly createdAt: string
  readonly messages: number
  readonly bytes: number
  /** 0 is unlimited. */
  readonly quotaMessages: number
  readonly quotaBytes: number
}

export interface AdminDomain {
  readonly id: string
  readonly name: string
  readonly addedAt: string
  /** Named by the settings: it cannot be removed here. */
  readonly isFixed: boolean
  readonly isDefault: boolean
}

export interface AdminAlias {
  readonly id: string
  readonly address: string
  readonly targets: readonly string[]
}

export interface AdminQueueItem {
  readonly id: string
  readonly traceId: string
  readonly state: 'waiting' | 'held' | 'active'
  readonly destination: string
  readonly sender: string
  readonly recipients: readonly string[]
  readonly size: number
  readonly enteredAt: string
  readonly attempts: number
  readonly nextAt: string | null
  /** What the last attempt came to. */
  readonly last: string
}

export interface AdminTrace {
  readonly id: string
  readonly at: string
  readonly from: string
  readonly subject: string
  readonly messageId: string
  readonly size: number
  readonly isAccepted: boolean
  readonly protocol: string
  readonly client: string
  readonly tls: string
  readonly login: string
  readonly reply: string
  readonly recipients: readonly {
    readonly address: string
    /** "mailbox", "queue", "returned" … */
    readonly place: string
    readonly reply: string
  }[]
  readonly steps: readonly {
    readonly step: string
    /** Since the message began. */
    readonly ms: number
    readonly ok: boolean
    readonly said: string
  }[]
  readonly attempts: readonly {
    readonly at: string
    readonly destination: string
    readonly nextAt: string | null
    readonly text: string
  }[]
}

export interface AdminLogEntry {
  readonly id: string
  readonly at: string
  readonly level: 'info' | 'warn' | 'error'
  readonly event: string
  /** JSON, cut where it is long. */
  readonly fields: string
}

export interface AdminMetricSeries {
  readonly id: string
  /** Milliseconds between points; the last is of `until`. */
  readonly everyMs: number
  readonly until: string
  readonly points: readonly number[]
}

export interface AdminDnsFinding {
  readonly check: string
  readonly state: 'good' | 'warning' | 'bad' | 'unknown'
  readonly have: string
  readonly want: string
  readonly why: string
  readonly fix: string
}

export interface AdminDnsCheck {
  /** A domain's. */
  readonly id: string
  readonly domain: string
  /** null: the first one is at work. */
  readonly checkedAt: string | null
  readonly isChecking: boolean
  readonly findings: readonly AdminDnsFinding[]
  /** What is to be published. */
  readonly records: readonly {
    readonly name: string
    readonly type: string
    readonly data: string
  }[]
}

export interface AdminCertificate {
  readonly id: string
  readonly names: string
  readonly issuer: string
  readonly notBefore: string
  readonly notAfter: string
  /** An authority signed it. */
  readonly isCertified: boolean
  /** Why an authority did not issue one, or "". */
  readonly refusal: string
}

export interface AdminSetting {
  readonly id: string
  readonly key: string
  readonly value: unknown
  readonly stored: unknown
  readonly from: 'default' | 'file' | 'set'
  readonly isLive: boolean
  readonly pending: '' | 'reload' | 'restart'
}

export interface AdminBackupJob {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed'
  readonly folder: string
  readonly startedAt: string
  readonly finishedAt: string | null
  readonly bytes: number
  readonly copiedBytes: number
  readonly failure: string
}

/** One object, "singleton": the server in numbers, as `amplop status --json` has it. */
export interface AdminServer {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly since: string
  readonly isReady: boolean
  /** Where backups go, or "". */
  readonly backupFolder: string
  readonly status: Readonly<Record<string, unknown>>
}
