// Copies, restores and checks what a server keeps, in its data folder or its PostgreSQL database,
// whether it runs or not. Knows which rooms have a say in it.
import { silentLog } from '../base/log.ts'
import { auditCounts, auditOwners, ownersOf } from '../delivery/audit.ts'
import { searchTables } from '../mailbox/search/postgres-index.ts'
import { type BackupReport, backup } from '../store/backup.ts'
import { backupPostgres } from '../store/postgres-backup.ts'
import { restorePostgres } from '../store/postgres-restore.ts'
import { verifyPostgres } from '../store/postgres-verify.ts'
import { type RestoreReport, restore, verifyBackup } from '../store/restore.ts'
import { type Verified, verify } from '../store/verify.ts'
import { acmeFiles } from './acme-file.ts'
import { migrations } from './jobs.ts'

export type { BackupReport, RestoreReport, Verified }

export interface Kept {
  readonly folder: string
  /** Of a PostgreSQL database; "" when everything is in the folder. */
  readonly url: string
}

/** What a data folder holds beside the store's own, and is wanted again: keys. */
const files = ['self-signed.pem', ...Object.values(acmeFiles)]
const audits = { audits: [auditOwners, auditCounts], ownersOf }

/** @throws Error in a person's words */
export function backupKept({ folder, url }: Kept, to: string): Promise<BackupReport> {
  if (url !== '') return backupPostgres({ url, to, without: searchTables })
  return backup({ folder, to, files })
}

/** @throws Error in a person's words */
export function restoreKept(from: string, { folder, url }: Kept): Promise<RestoreReport> {
  if (url !== '') return restorePostgres({ from, url, migrations, log: silentLog })
  return restore(from, folder)
}

/** @throws Error in a person's words */
export function verifyKept({ folder, url }: Kept): Promise<Verified> {
  return url === '' ? verify({ folder, ...audits }) : verifyPostgres(url, audits)
}

/** @throws Error in a person's words */
export function verifyCopy(from: string): Promise<RestoreReport> {
  return verifyBackup(from)
}
