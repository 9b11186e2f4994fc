// Email/get, RFC 8621 §4.2.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { emailObjectsOf, emailWish, isEmailProperty } from '../email/email-objects.ts'
import { MethodError } from '../errors.ts'
import { limits } from '../limits.ts'
import { getArgs } from '../objects.ts'

export const emailGet: Method = {
  name: 'Email/get',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { emails, views } = call.rooms
    const asked = getArgs(args, call, isEmailProperty)
    const wish = emailWish(args, asked.properties)
    const state = String(await emails.modseq(accountId))
    const ids = asked.ids ?? (await views.of(accountId)).view.emails()
    if (ids.length > limits.maxObjectsInGet) throw new MethodError('requestTooLarge')
    const kept = await emails.get(
      accountId,
      ids.filter((id) => /^[0-9a-z]{1,40}$/.test(id)),
    )
    const stored = access.seen(kept)
    const found = await emailObjectsOf(call.rooms, accountId, stored, wish)
    const list = ids.flatMap((id) => found.get(id) ?? [])
    return { accountId, state, list, notFound: ids.filter((id) => !found.has(id)) }
  },
}
