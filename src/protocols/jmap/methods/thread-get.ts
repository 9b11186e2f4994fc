// Thread/get, RFC 8621 §3.1: the emails of a thread, the oldest first.

import { deleted } from '../../../mailbox/flags.ts'
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { getArgs, gotten } from '../objects.ts'

export const threadGet: Method = {
  name: 'Thread/get',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { emails, messages, views } = call.rooms
    const known = (name: string) => name === 'id' || name === 'emailIds'
    const { ids, properties } = getArgs(args, call, known)
    const state = String(await emails.modseq(accountId))
    const all = async () => [...(await views.of(accountId)).view.threads.keys()].map(String)
    const wanted = ids ?? (await all())
    if (wanted.length > 1_000) throw new MethodError('requestTooLarge')
    const found = new Map<string, { readonly id: string; readonly emailIds: readonly string[] }>()
    await Promise.all(
      wanted.filter(isThread).map(async (id) => {
        const rows = await messages.thread(accountId, Number(id))
        const seen = rows.filter(
          ({ flags, mailbox }) => !(flags & deleted) && access.reads(mailbox),
        )
        const emailIds = seen.map(({ email }) => email)
        if (emailIds.length > 0) found.set(id, { id, emailIds: [...new Set(emailIds)] })
      }),
    )
    return gotten({ ids: wanted, properties }, found, { accountId, state })
  },
}

function isThread(id: string): boolean {
  return /^\d{1,16}$/.test(id) && String(Number(id)) === id
}
