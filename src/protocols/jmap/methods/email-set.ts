// Email/set, RFC 8621 §4.6.
import { noting } from '../activity/noted.ts'
import type { Args, Json } from '../args.ts'
import { blobIdOfEmail } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { composeEmail } from '../email/compose-email.ts'
import { changeOf } from '../email/email-change.ts'
import { placeWish } from '../email/email-place.ts'
import { SetFailure } from '../errors.ts'
import { limits } from '../limits.ts'
import { setObjects } from '../objects.ts'
import type { Access } from '../sharing/access.ts'

export const emailSet: Method = {
  name: 'Email/set',
  capability: mail,
  // The activity log is of one's own account.
  run: (args, call) =>
    args.given.accountId === call.asker.login.account
      ? noting(args, call, () => setEmails(args, call))
      : setEmails(args, call),
}

/** The same without a note of it, for what follows from something else that was done. */
export async function setEmails(args: Args, call: Call): Promise<object> {
  const access = await call.access(args)
  const { account } = access
  const { emails } = call.rooms
  const place = async (id: string) =>
    access.isOwn ? undefined : (await emails.get(account, [id]))[0]
  return setObjects(args, call, {
    state: async () => String(await emails.modseq(account)),
    create: (value) => create(call, access, value),
    update: async (id, patch) => {
      const change = changeOf(call, account, id, patch)
      access.needChange(await place(id), change)
      await emails.change(change)
      return null
    },
    destroy: async (id) => {
      access.needChange(await place(id))
      await emails.destroy(account, id)
    },
  })
}

async function create(
  call: Call,
  access: Access,
  value: Json,
): Promise<Json & { readonly id: string }> {
  const { rooms } = call
  const place = await placeWish(call, access, value)
  const bytes = await composeEmail(value, {
    blob: async (id) => {
      const found = await findBlob(rooms, access, call.resolved(id) ?? id)
      return found?.whole()
    },
    serverName: rooms.serverName,
    now: rooms.now(),
  })
  if (bytes.length > limits.maxSizeUpload) throw new SetFailure('tooLarge')
  const blob = await call.written(bytes)
  const { mailboxes, flags, receivedAt } = place
  const order = { account: access.account, mailboxes, flags, receivedAt, blob }
  const { id, thread, size } = await rooms.emails.import(order)
  return { id, blobId: blobIdOfEmail(id), threadId: String(thread), size }
}
