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

export const emailSet: Method = {
  name: 'Email/set',
  capability: mail,
  run: (args, call) => noting(args, call, () => setEmails(args, call)),
}

/** The same without a note of it, for what follows from something else that was done. */
export async function setEmails(args: Args, call: Call): Promise<object> {
  const account = call.account(args)
  const { emails } = call.rooms
  return setObjects(args, call, {
    state: async () => String(await emails.modseq(account)),
    create: (value) => create(call, account, value),
    update: async (id, patch) => {
      await emails.change(changeOf(call, account, id, patch))
      return null
    },
    destroy: (id) => emails.destroy(account, id),
  })
}

async function create(
  call: Call,
  account: string,
  value: Json,
): Promise<Json & { readonly id: string }> {
  const { rooms } = call
  const place = await placeWish(call, account, value)
  const bytes = await composeEmail(value, {
    blob: async (id) => {
      const found = await findBlob(rooms, account, call.resolved(id) ?? id)
      return found?.whole()
    },
    serverName: rooms.serverName,
    now: rooms.now(),
  })
  if (bytes.length > limits.maxSizeUpload) throw new SetFailure('tooLarge')
  const letter = rooms.messages.letter(limits.maxSizeUpload)
  await letter.write(bytes)
  const sealed = await letter.seal()
  // The bytes must be there before the row that names them.
  await sealed.synced
  const { mailboxes, flags, receivedAt } = place
  const order = { account, mailboxes, flags, receivedAt, blob: sealed.ref }
  const { id, thread, size } = await rooms.emails.import(order)
  return { id, blobId: blobIdOfEmail(id), threadId: String(thread), size }
}
