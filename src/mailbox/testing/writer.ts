// The writer thread of the mailbox's tests.
import { serveWriter } from '../../store/writer.ts'
import { jobs } from '../jobs.ts'
import { add, close, drop, open } from './jobs.ts'

serveWriter([...jobs, open, close, add, drop])
