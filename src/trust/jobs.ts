// Every job of trust, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { addKeys, listKeys, useKeys } from './dkim/key-jobs.ts'

export const jobs: readonly AnyJob[] = [addKeys, listKeys, useKeys]
