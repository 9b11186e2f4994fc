// UIDBATCHES: RFC 10022 §3. Ranges of UIDs with about as many messages each, the newest first. They
// are of the mailbox as the client knows it, and cover its gaps, down to UID 1. However many: a
// range is a few bytes for hundreds of messages, so that none are too many.
import { ok } from '../replies.ts'
import { command, type ImapTurn } from '../session.ts'
import type { Uids } from '../uids.ts'

const sizeMin = 500

export const uidBatches = command({
  name: 'UIDBATCHES',
  when: ['selected'],
  run: ({ view }, cursor, { connection, heard }) => {
    cursor.space()
    const size = cursor.nzNumber('a size')
    let [first, last] = [1, Number.POSITIVE_INFINITY]
    if (cursor.skip(' ')) {
      first = cursor.nzNumber('a batch')
      cursor.expect(':')
      last = cursor.nzNumber('a batch')
    }
    cursor.end()
    if (size < sizeMin) return tooFew
    if (first > last) return reversed
    const batches = batchesOf(view.uids, size).slice(first - 1, last)
    const ranges = batches.map(([high, low]) => `${high}:${low}`).join(',')
    // What a client says as a tag needs no escape in quotes.
    connection.say(`* UIDBATCHES (TAG "${heard.tag}")${ranges && ` ${ranges}`}\r\n`)
    return { reply: ok('Batches told') }
  },
})

const tooFew: ImapTurn = {
  reply: { is: 'NO', code: 'TOOFEW', text: `A batch has ${sizeMin} messages at least` },
}
const reversed: ImapTurn = {
  reply: { is: 'BAD', code: 'CLIENTBUG', text: 'Batches are counted upwards' },
  blame: true,
}

/** The highest and the lowest UID of each, the newest first. */
function batchesOf(uids: Uids, size: number): [high: number, low: number][] {
  const batches: [number, number][] = []
  let high = uids.last
  for (let count = uids.count; count > 0; count -= size) {
    const below = count > size ? uids.uidOf(count - size) : 0
    batches.push([high, below + 1])
    high = below
  }
  return batches
}
