// Searches for header fields that no index has: those that are kept of each message in its row,
// others in the messages themselves.
import type { Digest } from '../../message/digest.ts'
import { decodeWords } from '../../message/encoded-words.ts'
import { rawValue, scanHeader } from '../../message/header-fields.ts'
import { pickFields, wantedFields } from '../../message/listed-fields.ts'
import type { Blobs } from '../../store/blobs.ts'
import type { Engine } from '../../store/engine.ts'
import { type FetchColumn, type FetchRow, fetchRows } from '../fetch-job.ts'
import { MessageBytes } from '../message-bytes.ts'
import type { Place } from '../messages.ts'
import { flat } from './haystack.ts'

export interface HeaderQuery {
  /** In lower case. */
  readonly name: string
  /** "" is found wherever the field is. */
  readonly text: string
}

interface HeaderOrder {
  readonly place: Place
  readonly query: HeaderQuery
  /** Whether a message is to be looked at. */
  readonly among: (uid: number) => boolean
}

interface Ports {
  readonly engine: Engine
  readonly blobs: Blobs
}

const slice = 500
const whole = ['uid', 'digest', 'prefix', 'segment', 'start', 'blobSize'] as const

/** UIDs of those that fit, in their order. */
export async function searchHeader(order: HeaderOrder, ports: Ports): Promise<readonly number[]> {
  const { place, query, among } = order
  const listed = wantedFields([query.name]) !== undefined
  const columns: readonly FetchColumn[] = listed ? ['uid', 'fields'] : whole
  const found: number[] = []
  for (let after = 0; ; ) {
    const uids = [[after + 1, 2 ** 32 - 1] as const]
    const rows = await ports.engine.run(fetchRows, { ...place, uids, columns, limit: slice })
    for (const row of rows.filter(([uid]) => among(uid as number)))
      if (await fits(row, order, ports)) found.push(row[0] as number)
    if (rows.length < slice) return found
    after = rows.at(-1)?.[0] as number
  }
}

async function fits(row: FetchRow, order: HeaderOrder, ports: Ports): Promise<boolean> {
  const { name, text } = order.query
  const wanted = wantedFields([name])
  const kept = wanted && pickFields(Buffer.from(row[1] as Uint8Array), wanted)
  if (kept !== undefined) return hasField(Buffer.from(kept, 'latin1'), name, text)
  if (!wanted) return hasField(await headerOf(row, ports), name, text)
  // Its fields were too many to be kept.
  const uid = row[0] as number
  const again = { ...order.place, uids: [[uid, uid] as const], columns: whole, limit: 1 }
  const [full] = await ports.engine.run(fetchRows, again)
  return full !== undefined && hasField(await headerOf(full, ports), name, text)
}

/** Nothing where it cannot be read. */
async function headerOf(row: FetchRow, { blobs }: Ports): Promise<Buffer> {
  const [, digest, prefix, segment, offset, size] = row as unknown as readonly [
    number,
    string,
    Uint8Array,
    number,
    number,
    number,
  ]
  const bytes = new MessageBytes(blobs, { segment, offset, size }, prefix)
  const { headerSize } = JSON.parse(digest) as Digest
  return bytes.range(0, prefix.length + headerSize).catch(() => Buffer.alloc(0))
}

function hasField(header: Buffer, name: string, text: string): boolean {
  const needle = flat(text)
  return scanHeader(header).fields.some(
    (field) => field.name === name && flat(decodeWords(rawValue(header, field))).includes(needle),
  )
}
