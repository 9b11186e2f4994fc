// Every job of trust, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { addKeys, listKeys, useKeys } from './dkim/key-jobs.ts'

import {
  addCounts,
  claimReport,
  countsOf,
  dueReports,
  endReport,
  forgetReports,
  sentReports,
} from './reports/count-jobs.ts'
import { addReceived, getReceived, listReceived } from './reports/received-jobs.ts'

export const jobs: readonly AnyJob[] = [
  ...[addKeys, listKeys, useKeys],
  ...[addCounts, dueReports, countsOf, claimReport, endReport, sentReports, forgetReports],
  ...[addReceived, listReceived, getReceived],
]
