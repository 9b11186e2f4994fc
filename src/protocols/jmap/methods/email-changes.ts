// Email/changes, RFC 8621 §4.3.
import type { Objects } from '../../../mailbox/objects-since.ts'
import type { Call, Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { changesArgs, modseqOfState } from '../objects.ts'
import type { Access } from '../sharing/access.ts'

/**
 * In another's account what may be seen is told as created, for it may have come from where it
 * could not; and what may not be seen, as destroyed.
 */
async function seenOf(call: Call, access: Access, news: Objects) {
  if (access.isOwn) return news
  const all = [...news.created, ...news.updated]
  const seen = access.seen(await call.rooms.emails.get(access.account, all))
  const ids = new Set(seen.map(({ id }) => id))
  const hidden = news.updated.filter((id) => !ids.has(id))
  return { created: [...ids], updated: [], destroyed: [...news.destroyed, ...hidden] }
}

export const emailChanges: Method = {
  name: 'Email/changes',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { sinceState, max } = changesArgs(args)
    const news = await call.rooms.messages.emailsSince(accountId, modseqOfState(sinceState), max)
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { modseq, more } = news
    const { created, updated, destroyed } = await seenOf(call, access, news)
    return {
      ...{ accountId, oldState: sinceState, newState: String(modseq), hasMoreChanges: more },
      ...{ created, updated, destroyed },
    }
  },
}
