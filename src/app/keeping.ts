// Copies, restores and checks a data folder, whether a server runs on it or not. Knows which rooms
// have a say in it.
import { auditCounts, auditOwners, ownersOf } from '../delivery/audit.ts'
import { type BackupReport, backup } from '../store/backup.ts'
import { type RestoreReport, restore, verifyBackup } from '../store/restore.ts'
import { type Verified, verify } from '../store/verify.ts'

export type { BackupReport, RestoreReport, Verified }

/** What a data folder holds beside the store's own, and is wanted again: keys. */
const files = ['self-signed.pem']

/** @throws Error in a person's words */
export function backupFolder(folder: string, to: string): Promise<BackupReport> {
  return backup({ folder, to, files })
}

/** @throws Error in a person's words */
export function restoreFolder(from: string, folder: string): Promise<RestoreReport> {
  return restore(from, folder)
}

/** @throws Error in a person's words */
export function verifyFolder(folder: string): Promise<Verified> {
  return verify({ folder, audits: [auditOwners, auditCounts], ownersOf })
}

/** @throws Error in a person's words */
export function verifyCopy(from: string): Promise<RestoreReport> {
  return verifyBackup(from)
}
