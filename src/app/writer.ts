// The writer's thread: runs the writing jobs of all rooms.
import { serveWriter } from '../store/writer.ts'
import { jobs } from './jobs.ts'

serveWriter(jobs)
