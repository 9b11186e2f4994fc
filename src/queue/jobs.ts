// Every job of the queue, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { claim, endLeases, giveBack, hurryRows, lanes, mendClock, renew } from './claim-jobs.ts'
import {
  cancelRow,
  holdRows,
  listQueue,
  queueNumbers,
  releaseRows,
  retryRows,
} from './list-jobs.ts'
import { listOwed } from './owe.ts'
import { attemptsOf, settle } from './settle-jobs.ts'

export const jobs: readonly AnyJob[] = [
  listOwed,
  cancelRow,
  holdRows,
  listQueue,
  queueNumbers,
  releaseRows,
  retryRows,
  claim,
  endLeases,
  giveBack,
  hurryRows,
  lanes,
  mendClock,
  renew,
  attemptsOf,
  settle,
]
