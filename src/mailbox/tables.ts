// The schema of mail as people see it: mailboxes, messages, and what changed when.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-mailbox',
    statements: [
      // What is counted for the whole account. A quota of 0 is unlimited. Every verb changes this
      // row first, so that no two verbs work on one account at the same time. What the change log
      // told up to `horizon` is forgotten.
      `create table mail_accounts (
        account {id} not null primary key,
        modseq {int} not null,
        horizon {int} not null,
        uid_validity {int} not null,
        messages {int} not null,
        bytes {int} not null,
        quota_messages {int} not null,
        quota_bytes {int} not null
      ) {clustered}`,
      // Modseqs: of its making, of the last change to itself, of the last change to its messages.
      `create table mailboxes (
        account {id} not null,
        id {id} not null,
        name {id} not null,
        role {id} not null,
        board {int} not null,
        uid_validity {int} not null,
        uid_next {int} not null,
        created {int} not null,
        changed {int} not null,
        modseq {int} not null,
        messages {int} not null,
        unseen {int} not null,
        unread {int} not null,
        deleted {int} not null,
        bytes {int} not null,
        primary key (account, id)
      ) {clustered}`,
      'create unique index mailboxes_name on mailboxes (account, name)',
      'create table subscriptions (account {id} not null, name {id} not null, primary key (account, name)) {clustered}',
      // What of a message never changes, once however many mailboxes it is in. A message is its
      // prefix (the trace fields put before it here) followed by its blob.
      `create table emails (
        account {id} not null,
        id {id} not null,
        thread {int} not null,
        blob_segment {int} not null,
        blob_start {int} not null,
        blob_size {int} not null,
        prefix {bytes} not null,
        envelope text not null,
        structure text not null,
        fields {bytes} not null,
        digest text not null,
        primary key (account, id)
      )`,
      // What lists of emails are sorted, threaded and searched by: small rows, for all of a mailbox
      // are read at once.
      `create table email_keys (
        account {id} not null,
        email {id} not null,
        subject text not null,
        heads text not null,
        links text not null,
        primary key (account, email)
      ) {clustered}`,
      // A message in a mailbox: small rows, for flags are read by ten thousands. `created` is the
      // modseq since which the email is to be seen.
      `create table messages (
        account {id} not null,
        mailbox {id} not null,
        uid {int} not null,
        email {id} not null,
        thread {int} not null,
        created {int} not null,
        flags {int} not null,
        more {int} not null,
        modseq {int} not null,
        received_at {int} not null,
        saved_at {int} not null,
        sent_at {int} not null,
        size {int} not null,
        primary key (account, mailbox, uid)
      ) {clustered}`,
      // Where the messages of a thread or an email are. To be asked for these columns and those of
      // the primary key only: for any other SQLite would sooner look through the whole account.
      'create index messages_thread on messages (account, thread, email)',
      // Messages taken out of their mailboxes that may still be put back.
      `create table expunged (
        account {id} not null,
        email {id} not null,
        mailbox {id} not null,
        uid {int} not null,
        expunged_at {int} not null,
        thread {int} not null,
        created {int} not null,
        flags {int} not null,
        more {int} not null,
        received_at {int} not null,
        sent_at {int} not null,
        size {int} not null,
        primary key (account, email, mailbox, uid)
      ) {clustered}`,
      // The names behind the bits of flags: numbers from 0.
      `create table keywords (
        account {id} not null,
        number {int} not null,
        name {id} not null,
        primary key (account, number)
      ) {clustered}`,
      // Which thread a Message-ID belongs to (a hash of it and the base subject), where that is not
      // the thread of the same number.
      `create table thread_keys (
        account {id} not null,
        key {int} not null,
        thread {int} not null,
        primary key (account, key)
      ) {clustered}`,
      // What changed, in the order of modseq: the UIDs as an IMAP set, and for what is gone the
      // email, its thread and since when it was seen.
      `create table changes (
        account {id} not null,
        modseq {int} not null,
        mailbox {id} not null,
        kind text not null,
        uids text not null,
        gone text not null,
        at {int} not null,
        primary key (account, modseq)
      ) {clustered}`,
    ],
  },
  {
    name: '0003-mailbox-rights',
    statements: [
      // RFC 4314: what others may do in a mailbox. `who` is a login's address or "anyone", with "-"
      // before it for what is taken from them; `owner` is the address of the mailbox's account.
      `create table mailbox_rights (
        account {id} not null,
        mailbox {id} not null,
        who {id} not null,
        owner {id} not null,
        rights {id} not null,
        primary key (account, mailbox, who)
      ) {clustered}`,
      'create index mailbox_rights_who on mailbox_rights (who, owner)',
    ],
  },
  {
    name: '0003-mailbox-annotations',
    statements: [
      // RFC 5464: `who` is the address of whoever it is private to, "" for what all may read;
      // `mailbox` is "" for what is of no mailbox.
      `create table annotations (
        account {id} not null,
        mailbox {id} not null,
        who {id} not null,
        entry {id} not null,
        value {bytes} not null,
        primary key (account, mailbox, who, entry)
      ) {clustered}`,
      'create index annotations_who on annotations (who)',
    ],
  },
  {
    name: '0005-mailbox-jmap',
    statements: [
      // Where a person wants a mailbox among its siblings (RFC 8621 §2).
      'alter table mailboxes add column sort_order {int} not null default 0',
      // Bytes that a client brought and has not yet made anything of.
      `create table uploads (
        account {id} not null,
        id {id} not null,
        blob_segment {int} not null,
        blob_start {int} not null,
        blob_size {int} not null,
        type text not null,
        at {int} not null,
        primary key (account, id)
      )`,
    ],
  },
]
