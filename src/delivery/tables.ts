// The schema of traces (what became of each message, for boards and for `amplop trace`) and of
// filter scripts.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-delivery',
    statements: [
      // `position` counts on the trace's board, in the order of commits; 0 where it is on none.
      `create table traces (
        id {id} not null primary key,
        at {int} not null,
        accepted {int} not null,
        board {id} not null,
        position {int} not null,
        message_id {id} not null,
        blob_segment {int},
        blob_start {int},
        blob_size {int},
        facts text not null,
        steps text not null
      )`,
      `create index traces_board on traces (board, position) where board <> ''`,
      `create index traces_message on traces (message_id) where message_id <> ''`,
      'create index traces_refused on traces (id) where accepted = 0',
      'create table board_positions (board {id} not null primary key, last {int} not null)',
    ],
  },
  {
    name: '0002-spam',
    statements: [
      // How many messages an account taught, and up to which modseq it was looked at (-1: never).
      `create table spam_accounts (
        account {id} not null primary key,
        junk {int} not null,
        wanted {int} not null,
        upto {int} not null
      )`,
      `create table spam_words (
        account {id} not null,
        word {id} not null,
        junk {int} not null,
        wanted {int} not null,
        primary key (account, word)
      ) {clustered}`,
      `create table spam_learnt (
        account {id} not null,
        email {id} not null,
        junk {int} not null,
        primary key (account, email)
      ) {clustered}`,
      // Addresses, and "@domain" for all of one domain.
      `create table spam_senders (
        account {id} not null,
        sender {id} not null,
        junk {int} not null,
        wanted {int} not null,
        sent {int} not null,
        primary key (account, sender)
      ) {clustered}`,
      `create table spam_sent (
        account {id} not null,
        message_id {id} not null,
        at {int} not null,
        primary key (account, message_id)
      ) {clustered}`,
      'create index spam_sent_at on spam_sent (at)',
      `create table spam_verdicts (
        message {id} not null,
        account {id} not null,
        verdict text not null,
        at {int} not null,
        primary key (message, account)
      ) {clustered}`,
      'create index spam_verdicts_at on spam_verdicts (at)',
    ],
  },
  {
    name: '0006-delivery-scripts',
    statements: [
      // Filter scripts in the words of their owners; `active` is 1 for at most one of an account.
      `create table sieve_scripts (
        account {id} not null,
        name {id} not null,
        active {int} not null,
        bytes {int} not null,
        at {int} not null,
        content text not null,
        primary key (account, name)
      )`,
    ],
  },
  {
    name: '0007-delivery-marks',
    statements: [
      // What scripts remember: whom they answered, and which messages they have seen. A mark is a
      // digest, so that nothing can be read from it; `until` is when it is forgotten.
      `create table sieve_marks (
        account {id} not null,
        mark {id} not null,
        until {int} not null,
        primary key (account, mark)
      ) {clustered}`,
      'create index sieve_marks_until on sieve_marks (until)',
    ],
  },
  {
    name: '0008-script-ids',
    statements: [
      // What a script is called by clients that rename it; "" for those of before, which are called
      // by a digest of their name.
      `alter table sieve_scripts add column id {id} not null default ''`,
    ],
  },
  {
    name: '0009-delivery-greylist',
    statements: [
      // Hashes of who came from where, for whom; `passed` counts how often it was let in.
      `create table greylist (
        key {id} not null primary key,
        first_at {int} not null,
        last_at {int} not null,
        passed {int} not null
      )`,
    ],
  },
]
