// What lies in a mailbox, whole: the trace fields put before a message, and its bytes as received.
import assert from 'node:assert/strict'
import type { Rooms } from '../../src/app/rooms.ts'
import { boardsAccount } from '../../src/delivery/file-jobs.ts'

export interface Letter {
  readonly uid: number
  /** Return-Path and Received of this server. */
  readonly prefix: string
  readonly body: Buffer
}

const page = 100

/** Every message in the INBOX of `address` with a UID above `after`, oldest first. */
export async function lettersIn(rooms: Rooms, address: string, after = 0): Promise<Letter[]> {
  const letters: Letter[] = []
  for await (const one of lettersDown(rooms, address, after)) letters.push(one)
  return letters.reverse()
}

/** The same one by one, newest first. */
export async function* lettersDown(
  rooms: Rooms,
  address: string,
  after = 0,
): AsyncGenerator<Letter> {
  const { id } = await rooms.accounts.show(address)
  yield* down(rooms, { account: id, mailbox: 'inbox' }, after)
}

/** Every message on a board, oldest first; none where there is no such board. */
export async function lettersOnBoard(rooms: Rooms, board: string): Promise<Letter[]> {
  const letters: Letter[] = []
  for await (const one of down(rooms, { account: boardsAccount, mailbox: board }, 0))
    letters.push(one)
  return letters.reverse()
}

interface Where {
  readonly account: string
  readonly mailbox: string
}

async function* down(rooms: Rooms, where: Where, after: number): AsyncGenerator<Letter> {
  const { account, mailbox } = where
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const list = await rooms.mailboxes.messages(account, mailbox, { limit: page, before })
    const fresh = list.filter(({ uid }) => uid > after)
    for (const { uid } of fresh) yield await letter(rooms, where, uid)
    if (fresh.length < page) return
    before = fresh.at(-1)?.uid ?? 0
  }
}

async function letter(
  { mailboxes }: Rooms,
  { account, mailbox }: Where,
  uid: number,
): Promise<Letter> {
  const message = await mailboxes.open(account, mailbox, uid)
  assert.ok(message, `message ${uid} is listed and there`)
  const parts: Uint8Array[] = []
  for await (const part of message.stream()) parts.push(part)
  const whole = Buffer.concat(parts)
  assert.equal(whole.length, message.message.size)
  const { length } = message.prefix
  return { uid, prefix: whole.toString('utf8', 0, length), body: whole.subarray(length) }
}
