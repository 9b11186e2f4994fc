// Email/copy, RFC 8621 §4.7: an email of another account, as a new one of the same bytes. An
// account copies into itself by Email/set.
import type { Json } from '../args.ts'
import { Args } from '../args.ts'
import { blobIdOfEmail } from '../blob-ids.ts'
import { bytesOf } from '../blobs.ts'
import type { Answer, Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { placeWish } from '../email/email-place.ts'
import { invalidProperties, MethodError, SetFailure, setErrorOf } from '../errors.ts'
import { keywordsOf } from '../keywords.ts'
import { limits } from '../limits.ts'
import type { Access } from '../sharing/access.ts'
import { setEmails } from './email-set.ts'

export const emailCopy: Method = {
  name: 'Email/copy',
  capability: mail,
  async run(args, call) {
    const { from, to } = await call.bothAccounts(args)
    const wanted = args.map('create')
    if (wanted.size > limits.maxObjectsInSet) throw new MethodError('requestTooLarge')
    const { emails } = call.rooms
    const fromState = String(await emails.modseq(from.account))
    if (args.stringOr('ifFromInState', fromState) !== fromState)
      throw new MethodError('stateMismatch')
    const oldState = String(await emails.modseq(to.account))
    if (args.stringOr('ifInState', oldState) !== oldState) throw new MethodError('stateMismatch')
    const created: Record<string, Json> = {}
    const notCreated: Record<string, object> = {}
    const copied: string[] = []
    for (const [creationId, value] of wanted) {
      try {
        const { source, made } = await copyOne(call, value, { from, to })
        created[creationId] = made
        call.created.set(creationId, made.id)
        copied.push(source)
      } catch (error) {
        const known = setErrorOf(error)
        if (!known) throw error
        notCreated[creationId] = known
      }
    }
    const orNull = (value: object) => (Object.keys(value).length > 0 ? value : null)
    const response = {
      ...{ fromAccountId: from.account, accountId: to.account, oldState },
      newState: String(await emails.modseq(to.account)),
      ...{ created: orNull(created), notCreated: orNull(notCreated) },
    }
    if (!args.boolean('onSuccessDestroyOriginal') || copied.length === 0) return response
    const destroyIfInState = args.given.destroyFromIfInState
    const more = typeof destroyIfInState === 'string' ? { ifInState: destroyIfInState } : {}
    const order = { accountId: from.account, destroy: copied, ...more }
    const done = await setEmails(new Args(order), call)
    return [['Email/copy', response] as Answer, ['Email/set', done] as Answer]
  },
}

async function copyOne(
  call: Call,
  value: Json,
  { from, to }: { readonly from: Access; readonly to: Access },
) {
  const { id, mailboxIds, keywords, receivedAt, ...rest } = value
  const strange = Object.keys(rest)
  if (strange.length > 0 || typeof id !== 'string')
    throw invalidProperties(strange.length > 0 ? strange : ['id'])
  const { rooms } = call
  const source = call.mustResolve(id, 'id')
  const wellFormed = /^[0-9a-z]{1,40}$/.test(source) ? [source] : []
  const [email] = from.seen(await rooms.emails.get(from.account, wellFormed))
  if (!email) throw new SetFailure('notFound')
  const names = await rooms.messages.flagNames(from.account)
  const own = keywordsOf(email.places.flatMap(({ flags, more }) => names.of(flags, more)))
  const wish = {
    ...{ mailboxIds, keywords: keywords ?? own },
    receivedAt: receivedAt ?? new Date(email.receivedAt).toISOString(),
  }
  const place = await placeWish(call, to, wish)
  // A message is its prefix and its blob: only where there is a prefix are bytes written again.
  const blob =
    email.prefix.length === 0 ? email.blob : await call.written(await bytesOf(rooms, email).whole())
  const { mailboxes, flags, receivedAt: at } = place
  const order = { account: to.account, mailboxes, flags, receivedAt: at, blob }
  const made = await rooms.emails.import(order)
  const { id: copy, thread, size } = made
  return {
    source,
    made: { id: copy, blobId: blobIdOfEmail(copy), threadId: String(thread), size },
  }
}
