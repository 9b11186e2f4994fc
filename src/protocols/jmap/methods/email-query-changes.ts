// Email/queryChanges, RFC 8621 §4.5: whatever was touched since then leaves the results, and comes
// back where it now belongs.
import type { Method } from '../call.ts'
import { mail } from '../capabilities.ts'
import { looksAtThreads, queriedEmails } from '../email/query.ts'
import { MethodError } from '../errors.ts'
import { changesMax, modseqOfState } from '../objects.ts'
import { queryChangesResponse } from '../query-page.ts'

export const emailQueryChanges: Method = {
  name: 'Email/queryChanges',
  capability: mail,
  async run(args, call) {
    const access = await call.access(args)
    const { account: accountId } = access
    const { emails, messages, views } = call.rooms
    const since = modseqOfState(args.string('sinceQueryState'))
    const newQueryState = String(await emails.modseq(accountId))
    const news = await messages.emailsSince(accountId, since, changesMax)
    if (!news || news.more) throw new MethodError('cannotCalculateChanges')
    const all = await queriedEmails(call.rooms, access, args)
    const touched = new Set([...news.created, ...news.updated, ...news.destroyed])
    if (looksAtThreads(args)) {
      const gone = await messages.threadsSince(accountId, since, changesMax)
      if (!gone || gone.more) throw new MethodError('cannotCalculateChanges')
      const { view } = await views.of(accountId)
      const threads = new Set([...gone.created, ...gone.updated].map(Number))
      for (const id of touched) {
        const at = view.indexOf(id)
        if (at !== undefined) threads.add(view.thread[at]!)
      }
      for (const thread of threads)
        for (const at of view.threads.get(thread) ?? []) touched.add(view.email[at]!)
    }
    const fresh = new Set(news.created)
    return queryChangesResponse(args, all, { accountId, newQueryState, touched, fresh })
  },
}
