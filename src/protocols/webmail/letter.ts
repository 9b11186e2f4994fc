// A message as the page shows it: which of its parts are its text, which are pictures in it. Reads
// the store; makes no HTML.

import { bodyParts } from '../../message/body-parts.ts'
import { decodeCharset, guessText } from '../../message/charset.ts'
import type { Digest } from '../../message/digest.ts'
import { paramOf } from '../../message/parameters.ts'
import { type Part, readStructure } from '../../message/structure.ts'
import { decodeTransfer } from '../../message/transfer-decode.ts'
import type { WebmailPorts } from './ports.ts'

/** A text beyond this is shown up to here, and said to be cut. */
export const textMaxBytes = 8 * 1024 * 1024

export class Letter {
  readonly #received: Buffer
  readonly #leaves: readonly Part[]
  /** To be shown one after the other. */
  readonly body: readonly Part[]

  constructor(received: Buffer, root: Part) {
    this.#received = received
    this.#leaves = [...leavesOf(root)]
    this.body = bodyParts(root).html
  }

  /** Decoded; undefined where there is no such part. */
  part(number: number): Buffer | undefined {
    const part = this.#leaves[number]
    return part && this.bytes(part)
  }

  bytes(part: Part): Buffer {
    return decodeTransfer(this.#received.subarray(part.body, part.end), part.encoding)
  }

  text(part: Part): { readonly text: string; readonly cut: boolean } {
    const bytes = this.bytes(part)
    const cut = bytes.length > textMaxBytes
    const read = cut ? bytes.subarray(0, textMaxBytes) : bytes
    const text = decodeCharset(read, paramOf(part.params, 'charset')) ?? guessText(read)
    return { text: text.replaceAll('\0', ''), cut }
  }

  numberOf(part: Part): number {
    return this.#leaves.indexOf(part)
  }

  /** Numbers of pictures by Content-ID; where several have the same, the first. */
  pictures(): ReadonlyMap<string, number> {
    const found = new Map<string, number>()
    for (const [number, { id, type }] of this.#leaves.entries())
      if (id !== undefined && type === 'image' && !found.has(id)) found.set(id, number)
    return found
  }
}

/** undefined where the account has no such email. */
export async function letterOf(
  { emails, messages }: Pick<WebmailPorts, 'emails' | 'messages'>,
  account: string,
  id: string,
): Promise<Letter | undefined> {
  if (!/^[0-9a-z]{1,40}$/.test(id)) return undefined
  const [email] = await emails.get(account, [id])
  if (!email) return undefined
  const bytes = messages.bytes(email.blob, email.prefix)
  const received = (await bytes.whole()).subarray(bytes.prefixSize)
  const digest = JSON.parse(email.digest) as Digest
  return new Letter(received, digest.truncated ? readStructure(received) : digest.structure)
}

function* leavesOf(part: Part): Generator<Part> {
  if (part.parts) for (const each of part.parts) yield* leavesOf(each)
  else yield part
}
