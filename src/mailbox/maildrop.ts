// INBOX as POP3 sees it: a list of messages that stays as it was when the session began, and their
// bytes. What takes messages out is in messages.ts.
import type { BlobRef, Blobs } from '../store/blobs.ts'
import { columns, one, reading, sql } from '../store/sql.ts'
import { inbox } from './account-work.ts'
import type { MailPorts } from './mailboxes.ts'
import { type BlobColumns, refOf } from './message-row.ts'

/** The messages that were there at one moment, in the order of their UIDs. Never changed. */
export interface Maildrop {
  readonly account: string
  readonly mailbox: string
  readonly uidValidity: number
  readonly modseq: number
  readonly uids: Uint32Array
  /** Bytes, as a client is given them. */
  readonly sizes: Float64Array
}

/** Where the bytes of a message are. */
export interface DropBody {
  readonly size: number
  readonly prefix: Uint8Array
  readonly blob: BlobRef
}

interface DropRows {
  readonly modseq: number
  readonly uidValidity: number
  /** undefined when nothing changed since the modseq that was named. */
  readonly rows: readonly (readonly [uid: number, size: number])[] | undefined
}

const dropRows = reading(
  'mailbox.drop-rows',
  function* ({ account, known }: { account: string; known: number }) {
    const box = yield* one<{ modseq: number; uid_validity: number }>(sql`
      select modseq, uid_validity from mailboxes where account = ${account} and id = ${inbox}`)
    if (!box) return undefined
    const { modseq, uid_validity: uidValidity } = box
    if (modseq === known) return { modseq, uidValidity, rows: undefined } satisfies DropRows
    const rows = yield* columns<readonly [uid: number, size: number]>(sql`
      select uid, size from messages
      where account = ${account} and mailbox = ${inbox} order by uid`)
    return { modseq, uidValidity, rows } satisfies DropRows
  },
)

const findBody = reading(
  'mailbox.drop-body',
  function* ({ account, uid }: { account: string; uid: number }) {
    return yield* one<BlobColumns & { size: number; prefix: Uint8Array }>(sql`
      select m.size, e.prefix, e.blob_segment, e.blob_start, e.blob_size
      from messages m join emails e on e.account = m.account and e.id = m.email
      where m.account = ${account} and m.mailbox = ${inbox} and m.uid = ${uid}`)
  },
)

/** Messages of all the lists that are remembered: at 12 bytes each. */
const rememberedMax = 1_000_000
/** Bodies up to this size are read at once. */
export const wholeMaxBytes = 256 * 1024

export class Maildrops {
  readonly #engine: MailPorts['engine']
  readonly #blobs: Blobs
  /** The newest last. */
  readonly #known = new Map<string, Maildrop>()
  #remembered = 0

  constructor({ engine, blobs }: Pick<MailPorts, 'engine' | 'blobs'>) {
    this.#engine = engine
    this.#blobs = blobs
  }

  /** undefined for an account without INBOX. */
  async open(account: string): Promise<Maildrop | undefined> {
    const known = this.#known.get(account)
    const now = await this.#engine.run(dropRows, { account, known: known?.modseq ?? -1 })
    if (!now) return undefined
    const { modseq, uidValidity, rows } = now
    if (known && !rows) return known
    const all = rows ?? []
    const drop = {
      account,
      mailbox: inbox,
      uidValidity,
      modseq,
      uids: Uint32Array.from(all, ([uid]) => uid),
      sizes: Float64Array.from(all, ([, size]) => size),
    }
    this.#remember(drop)
    return drop
  }

  /** undefined when the message has been taken out. */
  async find({ account }: Maildrop, uid: number): Promise<DropBody | undefined> {
    const row = await this.#engine.run(findBody, { account, uid })
    return row && { size: row.size, prefix: row.prefix, blob: refOf(row) }
  }

  /** The bytes of a message of at most 256 KiB. @throws Refused 'storage-failed' */
  read({ blob }: DropBody): Promise<Buffer> {
    return this.#blobs.read(blob)
  }

  /** The bytes of a message of any size, without its prefix. @throws Refused 'storage-failed' */
  stream({ blob }: DropBody): AsyncIterable<Uint8Array> {
    return this.#blobs.stream(blob)
  }

  #remember(drop: Maildrop): void {
    this.#forget(drop.account)
    if (drop.uids.length > rememberedMax) return
    this.#known.set(drop.account, drop)
    this.#remembered += drop.uids.length + 1
    for (const account of this.#known.keys()) {
      if (this.#remembered <= rememberedMax) break
      this.#forget(account)
    }
  }

  #forget(account: string): void {
    const drop = this.#known.get(account)
    if (!drop) return
    this.#known.delete(account)
    this.#remembered -= drop.uids.length + 1
  }
}
