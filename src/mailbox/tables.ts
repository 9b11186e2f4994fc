// The schema of mail as people see it: mailboxes, messages, and what changed when.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-mailbox',
    statements: [
      // What is counted for the whole account. A quota of 0 is unlimited.
      `create table mail_accounts (
        account {id} not null primary key,
        modseq {int} not null,
        messages {int} not null,
        bytes {int} not null,
        quota_messages {int} not null,
        quota_bytes {int} not null
      ) {clustered}`,
      `create table mailboxes (
        account {id} not null,
        id {id} not null,
        name {id} not null,
        role text not null,
        board {int} not null,
        uid_validity {int} not null,
        uid_next {int} not null,
        modseq {int} not null,
        messages {int} not null,
        unseen {int} not null,
        bytes {int} not null,
        primary key (account, id)
      ) {clustered}`,
      'create unique index mailboxes_name on mailboxes (account, name)',
      // A message is its prefix (the trace fields put before it here) followed by its blob.
      `create table messages (
        account {id} not null,
        mailbox {id} not null,
        uid {int} not null,
        id {id} not null,
        modseq {int} not null,
        seen {int} not null,
        received_at {int} not null,
        size {int} not null,
        prefix {bytes} not null,
        blob_segment {int} not null,
        blob_start {int} not null,
        blob_size {int} not null,
        digest text not null,
        primary key (account, mailbox, uid)
      )`,
      // What changed, in the order of modseq; a removed message leaves its row here only.
      `create table changes (
        account {id} not null,
        modseq {int} not null,
        mailbox {id} not null,
        uid {int} not null,
        kind text not null,
        primary key (account, modseq, mailbox, uid)
      ) {clustered}`,
    ],
  },
]
