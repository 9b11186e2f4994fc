// Email/import, RFC 8621 §4.8.
import type { Json } from '../args.ts'
import { blobIdOfEmail } from '../blob-ids.ts'
import { findBlob } from '../blobs.ts'
import type { Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { placeWish } from '../email/email-place.ts'
import { invalidProperties, MethodError, setErrorOf } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Access } from '../sharing/access.ts'

export const emailImport: Method = {
  name: 'Email/import',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const wanted = args.map('emails')
    if (!args.has('emails')) throw new MethodError('invalidArguments', 'emails')
    if (wanted.size > limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
    const oldState = String(await call.rooms.emails.modseq(accountId))
    if ((args.has('ifInState') ? args.string('ifInState') : oldState) !== oldState)
      throw new MethodError('stateMismatch')
    const created: Record<string, Json> = {}
    const notCreated: Record<string, object> = {}
    for (const [creationId, value] of wanted) {
      try {
        const made = await importOne(call, access, value)
        created[creationId] = made
        call.created.set(creationId, made.id)
      } catch (error) {
        const known = setErrorOf(error)
        if (!known) throw error
        notCreated[creationId] = known
      }
    }
    const newState = String(await call.rooms.emails.modseq(accountId))
    const orNull = (value: object) => (Object.keys(value).length > 0 ? value : null)
    const outcome = { created: orNull(created), notCreated: orNull(notCreated) }
    return { accountId, oldState, newState, ...outcome }
  },
}

async function importOne(
  call: Call,
  access: Access,
  value: Json,
): Promise<Json & { readonly id: string }> {
  const { rooms } = call
  const strange = Object.keys(value).filter(
    (name) => !['blobId', 'mailboxIds', 'keywords', 'receivedAt'].includes(name),
  )
  if (strange.length > 0) throw invalidProperties(strange)
  if (typeof value.blobId !== 'string') throw invalidProperties(['blobId'])
  const blobId = call.mustResolve(value.blobId, 'blobId')
  const { mailboxes, flags, receivedAt } = await placeWish(call, access, value)
  const found = await findBlob(rooms, access, blobId)
  if (!found) throw invalidProperties(['blobId'], 'no such blob')
  const blob = found.ref ?? (await call.written(await found.whole()))
  const { id, thread, size } = await rooms.emails.import({
    ...{ account: access.account, mailboxes, flags, receivedAt, blob },
  })
  return { id, blobId: blobIdOfEmail(id), threadId: String(thread), size }
}
