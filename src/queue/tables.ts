// The schema of what is owed to the world. docs/queue.md says what each row means.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-queue',
    statements: [
      `create table owed (
        message {id} not null,
        n {int} not null,
        sender text not null,
        recipient text not null,
        transport text not null,
        state text not null,
        at {int} not null,
        primary key (message, n)
      )`,
    ],
  },
  {
    name: '0002-queue-asked',
    statements: [`alter table owed add column asked text not null default '{}'`],
  },
  {
    name: '0003-queue-rows',
    statements: [
      // One message for some recipients of one destination. `lane` is the destination and the rank
      // of the message, `due` when to look at it next: its next attempt, or the end of a lease.
      `create table queued (
        id {id} not null primary key,
        message {id} not null,
        lane {id} not null,
        state {id} not null,
        due {int} not null,
        owner {id} not null,
        sender text not null,
        recipients text not null,
        asked text not null,
        entered {int} not null,
        tried {int} not null,
        held_until {int} not null,
        attempts {int} not null,
        lost {int} not null,
        waited {int} not null,
        warned {int} not null,
        last text not null,
        prefix text not null,
        blob_segment {int} not null,
        blob_start {int} not null,
        blob_size {int} not null
      )`,
      `create index queued_lane on queued (lane, due) where state = 'waiting'`,
      'create index queued_message on queued (message)',
      `create index queued_owner on queued (owner) where owner <> ''`,
      // What was tried and said, for traces; it stays when the row is done.
      `create table attempts (
        message {id} not null,
        id {id} not null,
        facts text not null,
        primary key (message, id)
      ) {clustered}`,
    ],
  },
]
