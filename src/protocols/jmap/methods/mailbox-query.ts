// Mailbox/query, RFC 8621 §2.3.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { mailboxObjects } from '../mailbox-objects.ts'
import { queriedMailboxes } from '../mailbox-query.ts'
import { queryResponse } from '../query-page.ts'

export const mailboxQuery: Method = {
  name: 'Mailbox/query',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const queryState = String(await call.rooms.emails.modseq(accountId))
    const all = queriedMailboxes(args, await mailboxObjects(call, access, false))
    return queryResponse(args, all, { accountId, queryState, canCalculate: true })
  },
}
