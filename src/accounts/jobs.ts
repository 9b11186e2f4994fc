// Every job of the directory, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import {
  findAccount,
  findAccountById,
  findOwner,
  listAccounts,
  setAdmin,
  setDisabled,
  setPassword,
} from './account-jobs.ts'
import {
  addSession,
  findSession,
  listSessions,
  removeSessions,
  touchSession,
} from './browser-session-jobs.ts'
import {
  addAppPassword,
  addScram,
  dropScram,
  findCredentials,
  keepSecret,
  listAppPasswords,
  removeAppPassword,
  useAppPassword,
} from './credential-jobs.ts'
import {
  addAlias,
  addDomain,
  listAliases,
  listDomains,
  removeAlias,
  removeDomain,
} from './domain-jobs.ts'
import { findDomain, findReceivers } from './find-job.ts'
import {
  changeRecords,
  everyRecord,
  firstRecords,
  listRecords,
  rangeOfRecords,
  recordsSince,
  stateOfRecords,
  swapRecord,
} from './record-jobs.ts'
import { addToken, findToken, listTokens, removeToken } from './token-jobs.ts'
import {
  addPasskey,
  findPasskey,
  listFactors,
  putFactors,
  removePasskey,
  usePasskey,
  useRecovery,
  useStep,
} from './two-factor-jobs.ts'

export const jobs: readonly AnyJob[] = [
  ...[addSession, findSession, listSessions, removeSessions, touchSession],
  ...[changeRecords, everyRecord, firstRecords, listRecords, rangeOfRecords],
  ...[recordsSince, stateOfRecords, swapRecord],
  ...[listFactors, putFactors, useRecovery, useStep],
  ...[addPasskey, findPasskey, removePasskey, usePasskey],
  findAccount,
  findOwner,
  findAccountById,
  listAccounts,
  setAdmin,
  setDisabled,
  setPassword,
  addAppPassword,
  addScram,
  dropScram,
  findCredentials,
  keepSecret,
  listAppPasswords,
  removeAppPassword,
  useAppPassword,
  addAlias,
  addDomain,
  listAliases,
  listDomains,
  removeAlias,
  removeDomain,
  findDomain,
  findReceivers,
  addToken,
  findToken,
  listTokens,
  removeToken,
]
