// All jobs and all schema steps of the house: what the writer's thread can run.
import { jobs as accountJobs } from '../accounts/jobs.ts'
import { migrations as accountSteps } from '../accounts/tables.ts'
import { jobs as deliveryJobs } from '../delivery/jobs.ts'
import { migrations as deliverySteps } from '../delivery/tables.ts'
import { jobs as mailboxJobs } from '../mailbox/jobs.ts'
import { migrations as mailboxSteps } from '../mailbox/tables.ts'
import { jobs as queueJobs } from '../queue/jobs.ts'
import { stsJobs, stsMigrations } from '../queue/sts-shelf.ts'
import { migrations as queueSteps } from '../queue/tables.ts'
import { jobs as trustJobs } from '../trust/jobs.ts'
import { migrations as trustSteps } from '../trust/tables.ts'

export const jobs = [
  ...[...accountJobs, ...mailboxJobs, ...trustJobs, ...queueJobs, ...stsJobs, ...deliveryJobs],
]
export const migrations = [
  ...[...accountSteps, ...mailboxSteps, ...trustSteps],
  ...[...queueSteps, ...stsMigrations, ...deliverySteps],
]
