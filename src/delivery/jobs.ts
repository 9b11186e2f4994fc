// Every job of delivery, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { accountLife } from './account-life.ts'
import { dropLost, file, openBoard, openQuarantine, unfile } from './file-jobs.ts'
import { greylistJobs } from './greylist/greylist-jobs.ts'
import { markJobs } from './mark-jobs.ts'
import { scriptJobs } from './script-jobs.ts'
import { spamJobs } from './spam/spam-jobs.ts'
import {
  addRefused,
  addSteps,
  dropKept,
  findByMessageId,
  findTrace,
  listBoard,
  listSince,
  listTraces,
  setSteps,
} from './trace-jobs.ts'

export const jobs: readonly AnyJob[] = [
  accountLife.open,
  accountLife.close,
  dropLost,
  file,
  openBoard,
  openQuarantine,
  unfile,
  ...markJobs,
  ...scriptJobs,
  addRefused,
  addSteps,
  findByMessageId,
  findTrace,
  listBoard,
  listSince,
  listTraces,
  setSteps,
  ...spamJobs,
  ...greylistJobs,
  dropKept,
]
