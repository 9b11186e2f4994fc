// Mailbox/changes, RFC 8621 §2.2.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { changesArgs, modseqOfState } from '../objects.ts'

export const mailboxChanges: Method = {
  name: 'Mailbox/changes',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account } = access
    const { sinceState, max } = changesArgs(args)
    const since = modseqOfState(sinceState)
    const news = await call.rooms.messages.mailboxesSince(account, since, max)
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { destroyed, modseq, more, onlyCounts } = news
    // What is shared since then was not made since then: whoever sees it first hears of it anew.
    const listed = (ids: readonly string[]) => ids.filter((id) => access.lists(id))
    const created = access.isOwn ? news.created : listed([...news.created, ...news.updated])
    const updated = access.isOwn ? news.updated : []
    const counts = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']
    return {
      ...{ accountId: account, oldState: sinceState, newState: String(modseq) },
      ...{ hasMoreChanges: more, created, updated, destroyed },
      updatedProperties: onlyCounts && updated.length > 0 ? counts : null,
    }
  },
}
