// A message with its bytes: the prefix from its row, the rest from the blobs.
import type { Blobs } from '../store/blobs.ts'
import { type Message, messageOf, refOf } from './message-row.ts'
import type { WithPrefix } from './read-jobs.ts'

/** A message with its bytes, as a client is given them. */
export interface OpenMessage {
  readonly message: Message
  /** The trace fields put before the received bytes. */
  readonly prefix: Uint8Array
  /** From byte `start` up to, not including, `end`, counted over prefix and received bytes. */
  stream(start?: number, end?: number): AsyncIterable<Uint8Array>
}

export function opened(row: WithPrefix, blobs: Blobs): OpenMessage {
  const { prefix } = row
  return {
    message: messageOf(row),
    prefix,
    async *stream(start = 0, end = row.size) {
      if (start < prefix.length) yield prefix.subarray(start, end)
      if (end <= prefix.length) return
      const from = Math.max(0, start - prefix.length)
      yield* blobs.stream(refOf(row), from, end - prefix.length)
    },
  }
}
