// Email/query, RFC 8621 §4.4.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { queriedEmails } from '../email/query.ts'
import { enoughFor, queryResponse } from '../query-page.ts'

export const emailQuery: Method = {
  name: 'Email/query',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const queryState = String(await call.rooms.emails.modseq(accountId))
    const all = await queriedEmails(call.rooms, access, args, enoughFor(args))
    const collapseThreads = args.boolean('collapseThreads')
    const response = queryResponse(args, all, { accountId, queryState, canCalculate: true })
    return { ...response, collapseThreads }
  },
}
