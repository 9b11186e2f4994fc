// Every job of the mailboxes, for the writer's thread and the readers.
import type { AnyJob } from '../store/sql.ts'
import { setQuota } from './account-work.ts'
import { listAnnotations, setAnnotations } from './annotation-jobs.ts'
import { appendAll, replaceMessage, takeBackAll } from './append-job.ts'
import { changeEmails, destroyEmails, placesOfEmails } from './change-emails.ts'
import { pruneChanges, sinceInMailbox } from './change-log.ts'
import { copyAcross } from './copy-across-job.ts'
import { copyMessages } from './copy-job.ts'
import { addEmail, changeEmail, destroyEmail, emailObjects } from './email-objects.ts'
import { expunge, hasExpunged, listExpunged, purge, restore } from './expunge-job.ts'
import { fetchRows } from './fetch-job.ts'
import { setFlags } from './flag-job.ts'
import { listKeywords } from './keyword-work.ts'
import { columnRows, mailboxModseq } from './mailbox-columns.ts'
import {
  createMailbox,
  deleteMailbox,
  renameMailbox,
  setRole,
  setSortOrder,
  setSubscribed,
} from './mailbox-jobs.ts'
import { mailboxesSince } from './mailboxes-since.ts'
import { accountModseq, emailsSince, threadsSince } from './objects-since.ts'
import { placesSince } from './places-since.ts'
import {
  findEmail,
  findMessage,
  findUsage,
  flagRows,
  listMailAccounts,
  listMailboxes,
  listMessages,
  listSubscriptions,
  listThread,
  messagesOfUids,
  sortRows,
  subjectRows,
} from './read-jobs.ts'
import { findShared, listAllRights, listRights, listShared, setRights } from './rights-jobs.ts'
import {
  listEmails,
  locate,
  modseqOf,
  newsSince,
  searchHeads,
  storedEmails,
} from './search/search-jobs.ts'
import { addUpload, findUpload, pruneUploads } from './upload-jobs.ts'
import { dropUrlKeys, findUrlKey, keepUrlKey } from './url-key-jobs.ts'
import { findMailbox, firstSince, selectMailbox, sumDeleted } from './view-jobs.ts'

export const jobs: readonly AnyJob[] = [
  ...[addEmail, changeEmail, destroyEmail, emailObjects, accountModseq],
  ...[changeEmails, destroyEmails, placesOfEmails],
  ...[addUpload, findUpload, pruneUploads, setSortOrder],
  findUrlKey,
  keepUrlKey,
  dropUrlKeys,
  findMailbox,
  selectMailbox,
  sumDeleted,
  firstSince,
  setQuota,
  appendAll,
  replaceMessage,
  takeBackAll,
  emailsSince,
  mailboxesSince,
  pruneChanges,
  sinceInMailbox,
  threadsSince,
  placesSince,
  copyAcross,
  copyMessages,
  expunge,
  hasExpunged,
  listExpunged,
  purge,
  restore,
  setFlags,
  listKeywords,
  createMailbox,
  deleteMailbox,
  renameMailbox,
  setRole,
  setSubscribed,
  fetchRows,
  columnRows,
  mailboxModseq,
  findEmail,
  findMessage,
  findUsage,
  flagRows,
  listMailAccounts,
  listMailboxes,
  listMessages,
  listSubscriptions,
  listThread,
  messagesOfUids,
  sortRows,
  subjectRows,
  listEmails,
  locate,
  modseqOf,
  newsSince,
  searchHeads,
  storedEmails,
  findShared,
  listRights,
  listAllRights,
  listShared,
  setRights,
  listAnnotations,
  setAnnotations,
]
