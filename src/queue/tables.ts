// The schema of what is owed to the world.
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
]
