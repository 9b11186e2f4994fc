// Emails in verbs of JMAP: made from bytes that are here already, changed as a whole, destroyed;
// and what clients upload before it becomes one.
import { Refused } from '../base/refused.ts'
import { digest } from '../message/digest.ts'
import type { BlobRef } from '../store/blobs.ts'
import type { Change } from './change.ts'
import {
  changeEmails,
  destroyEmails,
  type EmailsChange,
  placesOfEmails,
  type StandingEmail,
} from './change-emails.ts'
import type { ChangeFeed } from './change-feed.ts'
import {
  addEmail,
  changeEmail,
  destroyEmail,
  type EmailChange,
  type EmailObject,
  emailObjects,
} from './email-objects.ts'
import { factsOf } from './facts.ts'
import { deleted } from './flags.ts'
import { columnRows } from './mailbox-columns.ts'
import type { MailPorts } from './mailboxes.ts'
import { accountModseq } from './objects-since.ts'
import { type PlacedEmail, type PlacesSince, placesSince } from './places-since.ts'
import { addUpload, findUpload, pruneUploads, type Upload } from './upload-jobs.ts'

const headMaxBytes = 1024 * 1024
/** RFC 8620 §6.1 asks for an hour at least. */
const uploadsKeptMs = 24 * 3_600_000

export interface ImportOrder {
  readonly account: string
  readonly mailboxes: readonly string[]
  readonly blob: BlobRef
  readonly flags: readonly string[]
  /** Milliseconds since 1970; now where it is missing. */
  readonly receivedAt?: number
}

export interface MadeEmail {
  readonly id: string
  readonly thread: number
  readonly size: number
}

export class Emails {
  readonly #ports: MailPorts
  readonly #changes: ChangeFeed

  constructor(ports: MailPorts, changes: ChangeFeed) {
    this.#ports = ports
    this.#changes = changes
  }

  /** Those that are there, in no order. */
  get(account: string, ids: readonly string[]): Promise<readonly EmailObject[]> {
    return ids.length === 0
      ? Promise.resolve([])
      : this.#ports.engine.run(emailObjects, { account, ids })
  }

  /** The state of all that is kept of an account's mail. */
  modseq(account: string): Promise<number> {
    return this.#ports.engine.run(accountModseq, account)
  }

  /** Where those are that changed; undefined when the log does not reach back that far. */
  placesSince(account: string, modseq: number, max: number): Promise<PlacesSince | undefined> {
    return this.#ports.engine.run(placesSince, { account, modseq, max })
  }

  /**
   * Every message of a mailbox as an email with that one place, in slices. What changes meanwhile
   * may be missing or told twice: `placesSince` of the modseq before tells it again.
   */
  async *placesIn(account: string, mailbox: string): AsyncGenerator<readonly PlacedEmail[]> {
    for (let after = 0; ; ) {
      const rows = await this.#ports.engine.run(columnRows, { account, mailbox, after })
      const last = rows.at(-1)?.[0]
      if (last === undefined) return
      yield rows.map(([uid, flags, more, , receivedAt, sentAt, , size, id, thread]) => ({
        ...{ id, thread },
        places: flags & deleted ? [] : [{ mailbox, uid, flags, more, receivedAt, sentAt, size }],
      }))
      after = last
    }
  }

  /** @throws Refused as `changeEmail` */
  async change(order: Omit<EmailChange, 'at'>): Promise<void> {
    const { engine, now } = this.#ports
    this.#publish(await engine.run(changeEmail, { ...order, at: now() }))
  }

  /** Where those are that are there, in no order. */
  places(account: string, ids: readonly string[]): Promise<readonly StandingEmail[]> {
    return this.#ports.engine.run(placesOfEmails, { account, ids })
  }

  /** Many in the same way, at most a few hundred; which were. @throws Refused as `changeEmails` */
  async changeAll(order: Omit<EmailsChange, 'at'>): Promise<readonly string[]> {
    const { engine, now } = this.#ports
    const { done, changes } = await engine.run(changeEmails, { ...order, at: now() })
    this.#publish(changes)
    return done
  }

  async destroyAll(account: string, emails: readonly string[]): Promise<readonly string[]> {
    const { engine, now } = this.#ports
    const { done, changes } = await engine.run(destroyEmails, { account, emails, at: now() })
    this.#publish(changes)
    return done
  }

  /** @throws Refused 'not-found' */
  async destroy(account: string, email: string): Promise<void> {
    const { engine, now } = this.#ports
    this.#publish(await engine.run(destroyEmail, { account, email, at: now() }))
  }

  /**
   * Makes an email of bytes that are on disk, without copying them.
   * @throws Refused as `addEmail`, 'bad-message' where no header field is found
   */
  async import(order: ImportOrder): Promise<MadeEmail> {
    const { engine, blobs, now, nextId } = this.#ports
    const { account, mailboxes, blob, flags } = order
    const at = now()
    const head = await readHead(blobs, blob)
    if (!/^[!-9;-~]+[ \t]*:/.test(head.toString('latin1', 0, 1000)))
      throw new Refused('bad-message', 'no header field')
    const facts = factsOf(digest(head, blob.size), head)
    const receivedAt = order.receivedAt ?? at
    const letter = { id: nextId(), blob, facts, flags, receivedAt }
    const added = await engine.run(addEmail, { account, mailboxes, letter, at })
    this.#publish(added.changes)
    return { id: letter.id, thread: added.thread, size: blob.size }
  }

  /** Writes bytes and keeps them a day; resolves when they are on disk. @throws Refused … */
  async upload(account: string, type: string, bytes: Iterable<Uint8Array>): Promise<Upload> {
    const { engine, blobs, now, nextId } = this.#ports
    const writer = blobs.create()
    try {
      for (const chunk of bytes) await writer.write(chunk)
    } catch (error) {
      writer.abort()
      throw error
    }
    const { ref, synced } = await writer.finish()
    await synced
    const at = now()
    await engine.run(pruneUploads, { account, before: at - uploadsKeptMs })
    const upload = { account, id: nextId(), blob: ref, type, at }
    await engine.run(addUpload, upload)
    return upload
  }

  /** Keeps bytes that are here already until a day after a time; the upload's id. */
  async keep(account: string, blob: BlobRef, at: number): Promise<string> {
    const id = this.#ports.nextId()
    await this.#ports.engine.run(addUpload, { account, id, blob, type: 'message/rfc822', at })
    return id
  }

  uploaded(account: string, id: string): Promise<Upload | undefined> {
    return this.#ports.engine.run(findUpload, { account, id })
  }

  #publish(changes: readonly Change[]): void {
    for (const change of changes) this.#changes.publish(change)
  }
}

async function readHead(blobs: MailPorts['blobs'], blob: BlobRef): Promise<Buffer> {
  if (blob.size <= headMaxBytes) return blobs.read(blob)
  const chunks: Uint8Array[] = []
  for await (const chunk of blobs.stream(blob, 0, headMaxBytes)) chunks.push(chunk)
  return Buffer.concat(chunks)
}
