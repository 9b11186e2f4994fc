// Every job of the mailboxes, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { setQuota } from './account-work.ts'
import { findMessage, findUsage, listMailboxes, listMessages } from './read-jobs.ts'

export const jobs: readonly AnyJob[] = [
  setQuota,
  findMessage,
  findUsage,
  listMailboxes,
  listMessages,
]
