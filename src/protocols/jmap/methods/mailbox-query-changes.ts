// Mailbox/queryChanges, RFC 8621 §2.4.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { MethodError } from '../errors.ts'
import { mailboxObjects } from '../mailbox-objects.ts'
import { queriedMailboxes } from '../mailbox-query.ts'
import { changesMax, modseqOfState } from '../objects.ts'
import { queryChangesResponse } from '../query-page.ts'

export const mailboxQueryChanges: Method = {
  name: 'Mailbox/queryChanges',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { emails, messages } = call.rooms
    const since = modseqOfState(args.string('sinceQueryState'))
    const newQueryState = String(await emails.modseq(accountId))
    const news = await messages.mailboxesSince(accountId, since, changesMax)
    if (!news || news.more) throw new MethodError('cannotCalculateChanges')
    const all = queriedMailboxes(args, await mailboxObjects(call, access, false))
    const touched = new Set([...news.created, ...news.updated, ...news.destroyed])
    const fresh = new Set(news.created)
    return queryChangesResponse(args, all, { accountId, newQueryState, touched, fresh })
  },
}
