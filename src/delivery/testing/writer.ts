// The writer thread of the delivery tests: every job there is.
import { jobs as accountJobs } from '../../accounts/jobs.ts'
import { jobs as mailboxJobs } from '../../mailbox/jobs.ts'
import { jobs as queueJobs } from '../../queue/jobs.ts'
import { serveWriter } from '../../store/writer.ts'
import { jobs as trustJobs } from '../../trust/jobs.ts'
import { jobs } from '../jobs.ts'

serveWriter([...accountJobs, ...mailboxJobs, ...trustJobs, ...queueJobs, ...jobs])
