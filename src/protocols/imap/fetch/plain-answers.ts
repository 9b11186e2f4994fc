// The answers to what FETCH asks for that stand ready in a message's row.
import type { FetchRow } from '../../../mailbox/fetch-job.ts'
import type { Digest } from '../../../message/digest.ts'
import { imapString } from '../../../message/imap-string.ts'
import { pickFields, wantedFields } from '../../../message/listed-fields.ts'
import { dateTimeText } from '../date-time.ts'
import { bodyText } from './body-text.ts'
import type { FetchItem, PlainName } from './fetch-items.ts'
import { isCommonFields, type RowReader } from './fetch-row.ts'

/** An answer, or undefined where it takes the message's bytes. */
export type Answer = (row: FetchRow) => string | undefined

export type FlagNamesOf = (flags: number, more: number) => readonly string[]

/** The digest and the texts beside it are made of so many first bytes. */
const digestedBytes = 1024 * 1024

/** How the item is answered for every row. */
export function plainAnswer(item: FetchItem, read: RowReader, names: FlagNamesOf): Answer {
  if (item.is === 'plain') return writers[item.name](read, names)
  if (!isCommonFields(item) || item.is !== 'bytes') return () => undefined
  const wanted = wantedFields(item.section.fields.map((name) => name.toLowerCase()))
  if (!wanted) return () => undefined
  const { label, partial } = item
  return (row) => {
    const fields = pickFields(read.bytes(row, 'fields'), wanted)
    if (fields === undefined || fields.includes('\0')) return undefined
    const text = `${fields}${fields === '' || fields.endsWith('\n') ? '' : '\r\n'}\r\n`
    const cut = partial ? text.slice(partial.offset, partial.offset + partial.length) : text
    return `${label} {${cut.length}}\r\n${cut}`
  }
}

/** "T" and the number: RFC 8474 §5.2. */
export function threadIdText(thread: number): string {
  return `T${thread}`
}

type Writer = (read: RowReader, names: FlagNamesOf) => Answer

const writers: Readonly<Record<PlainName, Writer>> = {
  FLAGS: flagsAnswer,
  UID: (read) => (row) => `UID ${read.number(row, 'uid')}`,
  INTERNALDATE: (read) => (row) => `INTERNALDATE ${dateTimeText(read.number(row, 'receivedAt'))}`,
  SAVEDATE: (read) => (row) => `SAVEDATE ${dateTimeText(read.number(row, 'savedAt'))}`,
  'RFC822.SIZE': (read) => (row) => `RFC822.SIZE ${read.number(row, 'size')}`,
  ENVELOPE: (read) => (row) => `ENVELOPE ${read.text(row, 'envelope')}`,
  BODY: structureAnswer((structure) => `BODY ${bodyText(structure)}`),
  BODYSTRUCTURE: structureAnswer((structure) => `BODYSTRUCTURE ${structure}`),
  PREVIEW: (read) => (row) => {
    const { preview } = JSON.parse(read.text(row, 'digest')) as Digest
    return `PREVIEW ${imapString(Buffer.from(preview).toString('latin1'))}`
  },
  EMAILID: (read) => (row) => `EMAILID (${read.text(row, 'email')})`,
  THREADID: (read) => (row) => `THREADID (${threadIdText(read.number(row, 'thread'))})`,
  MODSEQ: (read) => (row) => `MODSEQ (${read.number(row, 'modseq')})`,
}

function flagsAnswer(read: RowReader, names: FlagNamesOf): Answer {
  // Most messages have one of a few sets of flags.
  const known = new Map<number, string>()
  return (row) => {
    const flags = read.number(row, 'flags')
    const more = read.number(row, 'more')
    if (more !== 0) return `FLAGS (${names(flags, more).join(' ')})`
    let text = known.get(flags)
    if (text === undefined) {
      text = `FLAGS (${names(flags, 0).join(' ')})`
      known.set(flags, text)
    }
    return text
  }
}

function structureAnswer(write: (structure: string) => string): Writer {
  return (read) => (row) =>
    read.number(row, 'blobSize') > digestedBytes ? undefined : write(read.text(row, 'structure'))
}
