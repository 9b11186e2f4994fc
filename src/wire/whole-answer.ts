// The body of an HTTP answer that is wanted whole, and no longer than it may be.
import type { ClientRequest, IncomingMessage } from 'node:http'

/** @throws Error with `tooLarge` when it is longer than `bytesMax`: the rest is not read */
export function wholeAnswer(
  asked: ClientRequest,
  response: IncomingMessage,
  { bytesMax, tooLarge }: { readonly bytesMax: number; readonly tooLarge: string },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    response.on('data', (part: Buffer) => {
      size += part.length
      if (size > bytesMax) asked.destroy(new Error(tooLarge))
      else parts.push(part)
    })
    response.on('error', reject)
    response.on('end', () => resolve(Buffer.concat(parts)))
  })
}
