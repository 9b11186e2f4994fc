// The port to message bytes: append-only, checksummed, found by a reference. Knows no mail.
import type { Refused } from '../base/refused.ts'

/** Where a blob lies. Kept by its owners in the database, as three integers. */
export interface BlobRef {
  readonly segment: number
  readonly offset: number
  /** Bytes of content, without the record's frame. */
  readonly size: number
}

/** A blob while it is being written. Bytes stream: memory is bounded whatever the size. */
export interface BlobWriter {
  /** Resolves when more may be written. The buffer must not be changed afterwards. */
  write(chunk: Uint8Array): Promise<void> | void
  readonly size: number
  /** Ends the blob. Its place is known at once; `synced` resolves when its bytes are on disk. */
  finish(): Promise<StagedBlob>
  /** Gives up: whatever was written has no owner and is swept later. */
  abort(): void
}

/**
 * A blob whose place is known. Its owner commits the rows that name it, with `retain(ref)`, while
 * the bytes are synced, and acknowledges after both:
 *
 *     const { ref, synced } = await writer.finish()
 *     const [committed, onDisk] = await Promise.allSettled([engine.run(file, { ref }), synced])
 *
 * When the job failed, nothing is to be done: the bytes have no owner. When `synced` rejects and
 * the job did not, the owner must undo: a job of its own that deletes what the first one wrote,
 * `release(ref)` included. If the process ends before that, recovery drops what has no bytes.
 */
export interface StagedBlob {
  readonly ref: BlobRef
  /** Resolves when the bytes are durable; rejects with `Refused('no-space' | 'storage-failed')`. */
  readonly synced: Promise<void>
}

export interface Blobs {
  create(): BlobWriter
  /** Why no new blob is taken just now; what `create()` gives refuses everything then. */
  refusal?(): Refused | undefined
  /** The whole content, for small blobs. Rejects with `Refused('storage-failed')` on bad bytes. */
  read(ref: BlobRef): Promise<Buffer>
  /**
   * The whole contents of small blobs, those that lie together read together. undefined in place of
   * one that cannot be read: `read` says why.
   */
  readMany(refs: readonly BlobRef[]): Promise<readonly (Buffer | undefined)[]>
  /** The content from byte `start` up to, not including, `end`, in chunks of at most 64 KiB. */
  stream(ref: BlobRef, start?: number, end?: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}
