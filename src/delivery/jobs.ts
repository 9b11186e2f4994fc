// Every job of delivery, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { accountLife } from './account-life.ts'
import { dropLost, file, openBoard, openQuarantine, unfile } from './file-jobs.ts'
import {
  activateScript,
  findActiveScript,
  findScript,
  findScriptRoom,
  listScripts,
  putScript,
  removeScript,
  renameScript,
} from './script-jobs.ts'
import { spamJobs } from './spam/spam-jobs.ts'
import {
  addRefused,
  addSteps,
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
  ...[activateScript, findActiveScript, findScript, findScriptRoom, listScripts],
  ...[putScript, removeScript, renameScript],
  addRefused,
  addSteps,
  findByMessageId,
  findTrace,
  listBoard,
  listSince,
  listTraces,
  setSteps,
  ...spamJobs,
]
