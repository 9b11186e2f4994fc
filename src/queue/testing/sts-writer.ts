// The writer's thread for the tests of the shelf.
import { serveWriter } from '../../store/writer.ts'
import { stsJobs } from '../sts-shelf.ts'

serveWriter(stsJobs)
