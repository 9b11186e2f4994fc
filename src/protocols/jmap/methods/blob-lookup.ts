// Blob/lookup, RFC 9404 §4.3: what a blob is part of. An upload is part of nothing: what is made
// of it has blob ids of its own.
import type { Json } from '../args.ts'
import { readBlobId } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Method } from '../call.ts'
import { blob } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { blobLimits, limits } from '../limits.ts'

export const blobLookup: Method = {
  name: 'Blob/lookup',
  capability: blob,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const types = args.strings('typeNames')
    if (!types) throw new MethodError('invalidArguments', '', { arguments: ['typeNames'] })
    const strange = types.find((name) => !blobLimits.supportedTypeNames.some((is) => is === name))
    if (strange !== undefined) throw new MethodError('unknownDataType', strange.slice(0, 100))
    const asked = args.strings('ids')
    if (!asked) throw new MethodError('invalidArguments', '', { arguments: ['ids'] })
    if (asked.length > limits.maxObjectsInGet) throw new MethodError('requestTooLarge')
    const list: Json[] = []
    const notFound: string[] = []
    for (const id of new Set(asked.map((id) => call.resolved(id) ?? id))) {
      const found = await findBlob(call.rooms, access, id)
      const name = readBlobId(id)
      if (!found || !name) {
        notFound.push(id)
        continue
      }
      const [email] =
        name.of === 'email' ? access.seen(await call.rooms.emails.get(accountId, [name.id])) : []
      const ids: Readonly<Record<string, readonly string[]>> = {
        Email: email ? [email.id] : [],
        Thread: email ? [String(email.thread)] : [],
        Mailbox: [...new Set(email?.places.map(({ mailbox }) => mailbox))],
      }
      list.push({
        id,
        matchedIds: Object.fromEntries(types.map((type) => [type, ids[type] ?? []])),
      })
    }
    return { accountId, list, notFound }
  },
}
