// Mailbox/changes, RFC 8621 §2.2.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { changesArgs, modseqOfState } from '../objects.ts'

export const mailboxChanges: Method = {
  name: 'Mailbox/changes',
  capability: mail,
  async run(args, call) {
    const account = call.account(args)
    const { sinceState, max } = changesArgs(args)
    const since = modseqOfState(sinceState)
    const news = await call.rooms.messages.mailboxesSince(account, since, max)
    if (!news) throw new MethodError('cannotCalculateChanges')
    const { created, updated, destroyed, modseq, more, onlyCounts } = news
    const counts = ['totalEmails', 'unreadEmails', 'totalThreads', 'unreadThreads']
    return {
      ...{ accountId: account, oldState: sinceState, newState: String(modseq) },
      ...{ hasMoreChanges: more, created, updated, destroyed },
      updatedProperties: onlyCounts && updated.length > 0 ? counts : null,
    }
  },
}
