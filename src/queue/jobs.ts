// Every job of the queue, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { listOwed } from './owe.ts'

export const jobs: readonly AnyJob[] = [listOwed]
