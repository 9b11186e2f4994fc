// APPEND: letters of a client into one mailbox, all or none of them (RFC 3502 MULTIAPPEND).
import { Refused } from '../base/refused.ts'
import { writingByRow } from '../store/sql.ts'
import { type Appended, takeBack } from './append.ts'
import { type AppendOrder, appendMany } from './append-many.ts'
import { type Change, lockAccount } from './change.ts'
import { expungeLocked } from './expunge-job.ts'

/** @throws Refused as `append` */
export const appendAll = writingByRow('mailbox.append', function* (order: AppendOrder) {
  return yield* appendMany(order)
})

export interface ReplaceOrder extends AppendOrder {
  /** Where the message is that they replace. */
  readonly from: string
  readonly uid: number
}

/**
 * Appends letters, whose bytes are on disk, and takes the message out that they replace: both or
 * neither. @throws Refused 'not-found' when it is gone, and as `append`
 */
export const replaceMessage = writingByRow('mailbox.replace', function* (order: ReplaceOrder) {
  const { account, from, uid, at } = order
  const appended = yield* appendAll.work(order)
  const modseq = yield* lockAccount(account)
  const gone = { account, mailbox: from, uids: [[uid, uid]], onlyDeleted: false, at } as const
  const { uids, changes } = yield* expungeLocked(gone, modseq)
  if (uids.length === 0) throw new Refused('not-found', `message ${account} ${from} ${uid}`)
  return { appended, changes: [...appended, ...changes] as readonly Change[] }
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
