// A message with another header: RFC 5293. Knows where a header ends, not why it changed.
import { scanHeader } from '../message/header-fields.ts'
import type { Blobs } from '../store/blobs.ts'
import { type Letter, LetterWriter } from './letter.ts'

/** `header` has its empty line. */
export async function edited(letter: Letter, header: Buffer, blobs: Blobs): Promise<Letter> {
  const writer = new LetterWriter(blobs, Number.POSITIVE_INFINITY)
  try {
    await writer.write(header)
    let skip = scanHeader(letter.head).end
    for await (const chunk of letter.text()) {
      const past = Math.min(skip, chunk.length)
      skip -= past
      await writer.write(chunk.subarray(past))
    }
    return writer.end()
  } catch (error) {
    writer.abort()
    throw error
  }
}
