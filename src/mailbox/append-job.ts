// APPEND: letters of a client into one mailbox, all or none of them (RFC 3502 MULTIAPPEND).
import { retain } from '../store/blob-rows.ts'
import type { BlobRef } from '../store/blobs.ts'
import { writingByRow } from '../store/sql.ts'
import { type Appended, append, takeBack } from './append.ts'
import type { Change } from './change.ts'
import type { Facts } from './facts.ts'

export interface NewLetter {
  readonly id: string
  readonly blob: BlobRef
  readonly facts: Facts
  readonly flags: readonly string[]
  /** Milliseconds since 1970. */
  readonly receivedAt: number
}

export interface AppendOrder {
  readonly account: string
  readonly mailbox: string
  readonly letters: readonly NewLetter[]
  /** Milliseconds since 1970. */
  readonly at: number
}

/** @throws Refused as `append` */
export const appendAll = writingByRow('mailbox.append', function* (order: AppendOrder) {
  const { account, mailbox, at } = order
  const appended: Appended[] = []
  for (const letter of order.letters) {
    yield* retain(letter.blob)
    const prefix = new Uint8Array(0)
    appended.push(yield* append({ ...letter, account, mailbox, at, prefix }))
  }
  return appended
})

/** Undoes it, where the bytes did not reach the disk. */
export const takeBackAll = writingByRow(
  'mailbox.take-back',
  function* (appended: readonly Appended[]) {
    const changes: Change[] = []
    for (const { account, email } of appended) changes.push(...(yield* takeBack(account, email)))
    return changes
  },
)
