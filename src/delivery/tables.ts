// The schema of traces: what became of each message, for boards and for `amplop trace`.
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
]
