// The writer thread of the mailbox's tests.
import { serveWriter } from '../../store/writer.ts'
import { jobs } from '../jobs.ts'
import { writingJobs } from './jobs.ts'

serveWriter([...jobs, ...writingJobs])
