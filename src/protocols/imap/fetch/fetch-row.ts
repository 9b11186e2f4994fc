// Which columns of a message's row the answers are made of, and where in the row each one is.
import type { FetchColumn, FetchRow } from '../../../mailbox/fetch-job.ts'
import type { FetchItem, PlainName } from './fetch-items.ts'

const columnsOf: Readonly<Record<PlainName, readonly FetchColumn[]>> = {
  FLAGS: ['flags', 'more'],
  UID: [],
  INTERNALDATE: ['receivedAt'],
  SAVEDATE: ['savedAt'],
  'RFC822.SIZE': ['size'],
  ENVELOPE: ['envelope'],
  BODY: ['structure', 'blobSize'],
  BODYSTRUCTURE: ['structure', 'blobSize'],
  PREVIEW: ['digest'],
  EMAILID: ['email'],
  THREADID: ['thread'],
  MODSEQ: ['modseq'],
}

/** What a message's bytes are found by. */
const placeColumns = ['prefix', 'segment', 'start', 'blobSize'] as const
/** And what parts of them are found by. */
export const bytesColumns = [...placeColumns, 'email', 'digest'] as const

/** The columns for what is asked for, "uid" first. */
export function columnsFor(items: readonly FetchItem[], also: readonly FetchColumn[]) {
  const wanted = new Set<FetchColumn>(['uid', ...also])
  const forBytes = items.some(takesParts) ? bytesColumns : placeColumns
  for (const item of items) {
    if (item.is === 'plain') for (const name of columnsOf[item.name]) wanted.add(name)
    else if (isCommonFields(item)) wanted.add('fields')
    else for (const name of forBytes) wanted.add(name)
  }
  return [...wanted]
}

/** Whether it takes, or may take, more of a message than all of it as it is. */
function takesParts(item: FetchItem): boolean {
  if (item.is === 'plain') return columnsOf[item.name].includes('structure')
  if (item.is !== 'bytes' || item.decoded) return true
  return item.section.part.length > 0 || item.section.text !== ''
}

/** Fields of the message's own header, some of which are kept in the row. */
export function isCommonFields(item: FetchItem): boolean {
  if (item.is !== 'bytes') return false
  return item.section.text === 'HEADER.FIELDS' && item.section.part.length === 0
}

/** Reads values out of rows by the names of their columns. */
export class RowReader {
  readonly #places: ReadonlyMap<FetchColumn, number>

  constructor(columns: readonly FetchColumn[]) {
    this.#places = new Map(columns.map((name, place) => [name, place]))
  }

  has(name: FetchColumn): boolean {
    return this.#places.has(name)
  }

  number(row: FetchRow, name: FetchColumn): number {
    return row[this.#places.get(name)!] as number
  }

  text(row: FetchRow, name: FetchColumn): string {
    return row[this.#places.get(name)!] as string
  }

  bytes(row: FetchRow, name: FetchColumn): Buffer {
    const value = row[this.#places.get(name)!] as Uint8Array
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
}
