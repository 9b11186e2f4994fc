// The writer thread of the store's tests.
import { serveWriter } from '../writer.ts'
import { writingJobs } from './jobs.ts'

serveWriter(writingJobs)
