// Blob/copy, RFC 8620 §6.3: bytes of one account as an upload of another.
import { blobIdOfUpload } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Method } from '../call.ts'
import { core } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { limits } from '../limits.ts'

export const blobCopy: Method = {
  name: 'Blob/copy',
  capability: core,
  async run(args, call) {
    const { from, to } = await call.bothAccounts(args)
    const ids = args.strings('blobIds')
    if (!ids) throw new MethodError('invalidArguments', '', { arguments: ['blobIds'] })
    if (ids.length > limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
    const copied: Record<string, string> = {}
    const notCopied: Record<string, object> = {}
    for (const id of new Set(ids)) {
      const found = await findBlob(call.rooms, from, id)
      if (!found) {
        notCopied[id] = { type: 'blobNotFound' }
        continue
      }
      const type = found.type || 'application/octet-stream'
      const upload = await call.rooms.emails.upload(to.account, type, [await found.whole()])
      copied[id] = blobIdOfUpload(upload.id)
    }
    const orNull = (value: object) => (Object.keys(value).length > 0 ? value : null)
    return {
      ...{ fromAccountId: from.account, accountId: to.account },
      ...{ copied: orNull(copied), notCopied: orNull(notCopied) },
    }
  },
}
