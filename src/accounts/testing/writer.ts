// The writer thread of the directory's tests.
import { serveWriter } from '../../store/writer.ts'
import { jobs } from '../jobs.ts'
import { close, open } from './jobs.ts'

serveWriter([...jobs, open, close])
