// INBOX as POP3 sees it: a list of messages that stays as it was when the session began, and their
// bytes. What takes messages out is in messages.ts.
import type { BlobRef, Blobs } from '../store/blobs.ts'
import { all, columns, one, reading, sql } from '../store/sql.ts'
import { inbox } from './account-work.ts'
import type { ChangeKind } from './change.ts'
import type { ChangeFeed } from './change-feed.ts'
import type { MailPorts } from './mailboxes.ts'
import { type BlobColumns, refOf } from './message-row.ts'
import type { UidRange } from './uid-set.ts'

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

/** A message of a maildrop: what is put before the received bytes, and where these are. */
export interface DropBody {
  readonly uid: number
  readonly prefix: Uint8Array
  readonly blob: BlobRef
  /** The received bytes of a small one that was read with others; else they are to be streamed. */
  readonly bytes: Buffer | undefined
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

type BodyRow = BlobColumns & {
  readonly uid: number
  readonly size: number
  readonly prefix: Uint8Array
}

const findBodies = reading(
  'mailbox.drop-bodies',
  function* ({ account, uids }: { account: string; uids: UidRange }) {
    return yield* all<BodyRow>(sql`
      select m.uid, m.size, e.prefix, e.blob_segment, e.blob_start, e.blob_size
      from messages m join emails e on e.account = m.account and e.id = m.email
      where m.account = ${account} and m.mailbox = ${inbox}
        and m.uid between ${uids[0]} and ${uids[1]}
      order by m.uid`)
  },
)

/** Messages of all the lists that are remembered: at 12 bytes each. */
const rememberedMax = 1_000_000
/** Bodies up to this size are read whole. */
const wholeMaxBytes = 256 * 1024

const harmless: ReadonlySet<ChangeKind> = new Set(['added', 'flags', 'deleted', 'mailbox'])

export class Maildrops {
  readonly #engine: MailPorts['engine']
  readonly #blobs: Blobs
  readonly #changes: ChangeFeed
  /** The newest last. */
  readonly #known = new Map<string, Maildrop>()
  #remembered = 0

  constructor({ engine, blobs }: Pick<MailPorts, 'engine' | 'blobs'>, changes: ChangeFeed) {
    this.#engine = engine
    this.#blobs = blobs
    this.#changes = changes
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

  /** Messages of a range of UIDs that are still there; small ones with their bytes. */
  async bodies({ account }: Maildrop, uids: UidRange): Promise<readonly DropBody[]> {
    const rows = await this.#engine.run(findBodies, { account, uids })
    const refs = rows.map(refOf)
    const read = await this.#blobs.readMany(refs.filter(({ size }) => size <= wholeMaxBytes))
    const small = read.values()
    return rows.map(({ uid, prefix }, at): DropBody => {
      const blob = refs[at]!
      const bytes = blob.size <= wholeMaxBytes ? small.next().value : undefined
      return { uid, prefix, blob, bytes }
    })
  }

  /** The received bytes. @throws Refused 'storage-failed' */
  stream({ blob }: DropBody): AsyncIterable<Uint8Array> {
    return this.#blobs.stream(blob)
  }

  /** Calls `removed` whenever messages may have left the maildrop, until the signal aborts. */
  async watch({ account, mailbox }: Maildrop, removed: () => void, signal: AbortSignal) {
    for await (const change of this.#changes.listenTo(account, signal)) {
      if (typeof change === 'symbol') removed()
      else if (change.mailbox === mailbox && !harmless.has(change.kind)) removed()
    }
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
