// The bytes behind blob ids, for whoever may have them.
import type { EmailObject } from '../../mailbox/email-objects.ts'
import type { MessageBytes } from '../../mailbox/message-bytes.ts'
import { decodeTransfer } from '../../message/transfer-decode.ts'
import { type BlobName, readBlobId } from './blob-ids.ts'
import type { Rooms } from './call.ts'
import type { Access } from './sharing/access.ts'

export interface FoundBlob {
  /** Bytes; undefined where that is not known without decoding. */
  readonly size: number | undefined
  /** As the client said when it uploaded it, or "". */
  readonly type: string
  /** Where the bytes are as they stand, nothing before them and nothing to be decoded. */
  readonly ref: EmailObject['blob'] | undefined
  whole(): Promise<Buffer>
}

type Ports = Pick<Rooms, 'emails' | 'messages' | 'scripts'>

export function bytesOf({ messages }: Pick<Ports, 'messages'>, email: EmailObject): MessageBytes {
  return messages.bytes(email.blob, email.prefix)
}

/** undefined where there is none, or none that may be seen in this account. */
export async function findBlob(
  ports: Ports,
  place: Access,
  blobId: string,
): Promise<FoundBlob | undefined> {
  const name = readBlobId(blobId)
  if (!name) return undefined
  if (name.of === 'script') return place.isOwn ? scriptBlob(ports, place.account, name) : undefined
  const found =
    name.of === 'email'
      ? await emailBlob(ports, place, name.id)
      : await uploadBlob(ports, place.account, name.id)
  if (!found || !name.part) return found?.blob
  const { start, end, encoding } = name.part
  const { bytes } = found
  const from = Math.min(start, end) + bytes.prefixSize
  const to = Math.min(end + bytes.prefixSize, bytes.size)
  if (from > to) return undefined
  const plain = encoding === '8bit'
  return {
    size: plain ? to - from : undefined,
    type: '',
    ref: undefined,
    whole: async () => decodeTransfer(await bytes.range(from, to), encoding),
  }
}

async function scriptBlob(
  { scripts }: Ports,
  account: string,
  { id, part }: BlobName,
): Promise<FoundBlob | undefined> {
  const text = part ? undefined : await scripts.withDigest(account, id)
  if (text === undefined) return undefined
  const bytes = Buffer.from(text)
  return { size: bytes.length, type: 'application/sieve', ref: undefined, whole: async () => bytes }
}

async function emailBlob(ports: Ports, access: Access, id: string) {
  const [email] = access.seen(await ports.emails.get(access.account, [id]))
  if (!email) return undefined
  const bytes = bytesOf(ports, email)
  const ref = email.prefix.length === 0 ? email.blob : undefined
  const blob = { size: bytes.size, type: 'message/rfc822', ref, whole: () => bytes.whole() }
  return { bytes, blob }
}

async function uploadBlob(ports: Ports, account: string, id: string) {
  const upload = await ports.emails.uploaded(account, id)
  if (!upload) return undefined
  const bytes = ports.messages.bytes(upload.blob, new Uint8Array(0))
  const { type, blob: ref } = upload
  return { bytes, blob: { size: bytes.size, type, ref, whole: () => bytes.whole() } }
}
