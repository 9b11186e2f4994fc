// What methods that parse blobs have in common (RFC 8621 §4.9, RFC 9007 §2.2): which are looked at,
// and how those are told of that are not there or are not what they should be.
import type { Args, Json } from './args.ts'
import { findBlob } from './blobs.ts'
import type { Call } from './call.ts'
import { MethodError } from './errors.ts'
import type { Access } from './sharing/access.ts'

const blobsMax = 50

/** The response. `parse` gives undefined for what is no such thing; `id` is the blob's own. */
export async function parsedBlobs(
  args: Args,
  call: Call,
  access: Access,
  parse: (whole: Buffer, id: string) => Json | undefined,
) {
  const ids = args.strings('blobIds')
  if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['blobIds'] })
  if (ids.length > blobsMax) throw new MethodError('requestTooLarge')
  const parsed: Record<string, Json> = {}
  const notParsable: string[] = []
  const notFound: string[] = []
  for (const given of new Set(ids)) {
    const id = call.resolved(given) ?? given
    const found = await findBlob(call.rooms, access, id)
    const object = found && parse(await found.whole(), id)
    if (!found) notFound.push(given)
    else if (object === undefined) notParsable.push(given)
    else parsed[given] = object
  }
  const some = <T extends object>(value: T) => (Object.keys(value).length > 0 ? value : null)
  const failed = { notParsable: some(notParsable), notFound: some(notFound) }
  return { accountId: access.account, parsed: some(parsed), ...failed }
}
