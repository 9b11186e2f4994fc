// Jobs over a table of notes with blobs, for the tests of the store.
import { Refused } from '../../base/refused.ts'
import { release, retain } from '../blob-rows.ts'
import type { BlobRef } from '../blobs.ts'
import type { Migration } from '../engine.ts'
import { all, one, reading, run, sql, type Value, type Work, writing } from '../sql.ts'

export const noteSteps: readonly Migration[] = [
  {
    name: '0001-notes',
    statements: [
      `create table notes (id {id} primary key, text {bytes}, number {int} not null,
        segment {int}, start {int}, size {int})`,
      'create index notes_number on notes (number)',
    ],
  },
]

export interface Note {
  readonly id: string
  readonly text?: Value
  readonly number?: number | bigint
  readonly blob?: BlobRef
}

export const addNote = writing('notes.add', function* (note: Note): Work<string> {
  const { id, text = null, number = 0, blob } = note
  const { segment, offset, size } = blob ?? { segment: null, offset: null, size: null }
  yield* run(sql`insert into notes (id, text, number, segment, start, size)
    values (${id}, ${text}, ${number}, ${segment}, ${offset}, ${size})`)
  if (blob) yield* retain(blob)
  return id
})

export const addNotes = writing('notes.add-all', function* (notes: readonly Note[]): Work<number> {
  for (const note of notes) yield* addNote.work(note)
  return notes.length
})

/** Writes, then refuses: nothing of it may remain. */
export const addAndRefuse = writing('notes.add-and-refuse', function* (note: Note): Work<void> {
  yield* addNote.work(note)
  throw new Refused('over-quota', `no room for ${note.id}`)
})

export const addAndBreak = writing('notes.add-and-break', function* (note: Note): Work<void> {
  yield* addNote.work(note)
  throw new RangeError('a bug')
})

/** Catches the engine's own complaint and goes on. */
export const addOrKeep = writing('notes.add-or-keep', function* (note: Note): Work<string> {
  try {
    return yield* addNote.work(note)
  } catch {
    return 'kept'
  }
})

export const dropNotes = writing(
  'notes.drop-lost',
  function* (refs: readonly BlobRef[]): Work<void> {
    for (const ref of refs) {
      yield* run(sql`delete from notes where segment = ${ref.segment} and start = ${ref.offset}`)
      yield* release(ref)
    }
  },
)

export const unclonable = writing('notes.unclonable', function* (): Work<() => void> {
  return () => {}
})

export const setting = writing('notes.setting', function* (name: string): Work<unknown> {
  const rows = yield { text: `pragma ${name}`, values: [] }
  return Object.values(rows[0] ?? {})[0]
})

export const endThread = writing(
  'notes.end-thread',
  // biome-ignore lint/correctness/useYield: it ends before it could.
  function* (): Work<never> {
    return process.exit(3)
  },
)

export const noteOf = reading('notes.of', function* (id: string) {
  return yield* one<{ id: string; text: Value; number: number }>(
    sql`select id, text, number from notes where id = ${id}`,
  )
})

export const countNotes = reading('notes.count', function* (): Work<number> {
  return (yield* one<{ n: number }>(sql`select count(*) as n from notes`))?.n ?? 0
})

export const countBlobRows = reading('notes.count-blob-rows', function* (): Work<number> {
  return (yield* one<{ n: number }>(sql`select count(*) as n from blobs`))?.n ?? 0
})

export const notesWithBlobs = reading('notes.with-blobs', function* () {
  return yield* all<BlobRef & { id: string }>(
    sql`select id, segment, start as "offset", size from notes where segment is not null
      order by id`,
  )
})

export const writingJobs = [
  addNote,
  addNotes,
  addAndRefuse,
  addAndBreak,
  addOrKeep,
  dropNotes,
  unclonable,
  setting,
  endThread,
] as const
